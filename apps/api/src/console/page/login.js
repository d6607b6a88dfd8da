// Exchanges the key for a cookie that scripts cannot read.
const form = document.getElementById('login');
const result = document.getElementById('login-result');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const key = document.getElementById('key').value.trim();
  result.textContent = '';
  try {
    const response = await fetch('/console/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'x-hotshelf-console': '1' },
    });
    if (response.ok) location.reload();
    else result.textContent = 'This key does not open the console.';
  } catch {
    result.textContent = 'The service does not answer.';
  }
});
