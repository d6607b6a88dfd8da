// The live page: takes what the service sends once a second and shows it.
import { drawCharts, milliseconds, short } from './charts.js';

const HISTORY_SECONDS = 300;
const SHOWN_EVENTS = 50;
/** After so long without a frame the page says that it shows the past. */
const SILENT_MS = 4000;

const MARKS = { bad: '!', good: '✓', info: 'i', wait: '…' };
const STATES = { closed: '✓ answers', 'half-open': '? tried again', open: '! away' };

const byId = (id) => document.getElementById(id);
const megabytes = (bytes) => `${Math.round(bytes / 1048576)} MiB`;

let frames = [];
let heardAt = Date.now();
let newestEventAt = 0;

/** Only what has changed is written: a screen reader and the layout are left alone. */
function write(id, text) {
  const target = byId(id);
  if (target.textContent !== text) target.textContent = text;
}

function mark(id, kind) {
  const target = byId(id);
  if (target.dataset.kind !== kind) target.dataset.kind = kind;
}

function alarm(id, isOn) {
  byId(id).closest('.tile').classList.toggle('alarm', isOn);
}

function showTiles(frame) {
  write('requests', short(frame.requests));
  write('p50', frame.p50 === null ? '–' : short(frame.p50));
  write('p99', frame.p99 === null ? '–' : short(frame.p99));
  write('errors', short(frame.errors));
  write('errors-note', frame.shed > 0 ? `${short(frame.shed)}/s shed` : '');
  alarm('errors', frame.errors > 0);
  write('statements', short(frame.statements));
  write('statements-note', `${short(frame.rows)} rows/s`);
  write('invalidations', short(frame.invalidations));
  write('outbox', short(frame.outboxRows));
  write('outbox-note', `${short(frame.outboxLag)} s behind`);
  alarm('outbox', frame.outboxLag > 1);
  write('loop', short(frame.loopLag));
  write('loop-note', 'p99');
  alarm('loop', frame.loopLag > 200);
  write('workers', `${frame.serving}/${frame.wanted}`);
  write('workers-note', frame.restarts === 1 ? '1 restart' : `${frame.restarts} restarts`);
  alarm('workers', frame.serving < frame.wanted);
}

const share = (part, whole) => (whole === 0 ? '' : `${((part / whole) * 100).toFixed(1)} % hits`);

function showFlow(frame) {
  const lookUps = frame.l1Hits + frame.l1Misses;
  const rates = { 'flow-l1': lookUps, 'flow-l2': frame.l1Misses, 'flow-postgres': frame.loads };
  for (const [id, rate] of Object.entries(rates)) {
    write(id, short(rate));
    byId(id)
      .closest('.arrow')
      .classList.toggle('still', rate === 0);
  }
  write('share-client', frame.p99 === null ? 'quiet' : `p99 ${milliseconds(frame.p99)}`);
  write('share-l1', share(frame.l1Hits, lookUps));
  write('share-l2', share(frame.l2Hits, frame.l2Hits + frame.l2Misses));
  write('share-postgres', `${short(frame.statements)} statements/s`);
  const l1 =
    frame.synced === null
      ? ['none', 'caches alone']
      : frame.synced
        ? ['good', '✓ synced']
        : ['bad', '! unsynced'];
  const l2 =
    frame.synced === null
      ? ['none', 'not configured']
      : frame.breakers.redis !== 'closed'
        ? ['bad', STATES[frame.breakers.redis]]
        : frame.trusted
          ? ['good', '✓ trusted']
          : ['bad', '! untrusted'];
  const postgres = [frame.breakers.postgres === 'closed' ? 'good' : 'bad', STATES[frame.breakers.postgres]];
  for (const [id, [kind, text]] of Object.entries({ l1, l2, postgres })) {
    mark(`node-${id}`, kind);
    write(`state-${id}`, text);
  }
}

function showStatus(frame) {
  const faults = [];
  if (frame.breakers.postgres !== 'closed') faults.push('Postgres is away');
  if (frame.synced !== null && frame.breakers.redis !== 'closed') faults.push('Redis is away');
  else if (frame.synced === false) faults.push('L1 is unsynced');
  else if (frame.trusted === false) faults.push('L2 is untrusted');
  if (frame.serving < frame.wanted) faults.push('workers are missing');
  if (frame.stale > 0) faults.push('stale answers are served');
  if (frame.errors > 0) faults.push('errors are answered');
  const text = faults.length === 0 ? 'All is well' : faults.join(', ');
  say(faults.length === 0 ? 'good' : 'bad', text[0].toUpperCase() + text.slice(1));
}

function say(kind, text) {
  mark('status', kind);
  byId('status').querySelector('.mark').textContent = MARKS[kind];
  write('status-text', text);
}

function showProcesses(frame) {
  const rows = frame.processes.map((each) => {
    const row = document.createElement('tr');
    const cells = [
      short(each.requests),
      milliseconds(each.loopLag),
      megabytes(each.memoryBytes),
      each.l1Entries.toLocaleString('en-US'),
      each.leads ? 'leads' : '',
    ];
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = String(each.pid);
    row.append(
      head,
      ...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })),
    );
    return row;
  });
  byId('processes').replaceChildren(...rows);
}

/** The newest first. */
function addEvents(happenings) {
  const list = byId('events');
  for (const { at, kind, text } of happenings) {
    newestEventAt = Math.max(newestEventAt, at);
    list.querySelector('.none')?.remove();
    const item = document.createElement('li');
    item.dataset.kind = kind;
    const time = document.createElement('time');
    time.dateTime = new Date(at).toISOString();
    time.textContent = new Date(at).toLocaleTimeString('en-GB');
    const sign = Object.assign(document.createElement('span'), {
      className: 'mark',
      textContent: MARKS[kind],
    });
    sign.ariaHidden = 'true';
    item.append(time, sign, text);
    list.prepend(item);
  }
  while (list.children.length > SHOWN_EVENTS) list.lastElementChild.remove();
}

function show(frame) {
  showTiles(frame);
  showFlow(frame);
  showStatus(frame);
  showProcesses(frame);
  drawCharts(frames);
}

function listen() {
  const stream = new EventSource('/console/stream');
  stream.addEventListener('hello', ({ data }) => {
    const { frames: past, happenings, actions, canPauseRedis } = JSON.parse(data);
    // After a worker's death another one sends, which may have looked for a shorter time than this page.
    if (past.length > frames.length) frames = past;
    heardAt = Date.now();
    addEvents(happenings.filter(({ at }) => at > newestEventAt));
    byId('try').hidden = !actions;
    byId('do-redis').hidden = !canPauseRedis;
    const last = frames.at(-1);
    if (last !== undefined) show(last);
    else drawCharts(frames);
  });
  stream.addEventListener('frame', ({ data }) => {
    const { frame, happenings } = JSON.parse(data);
    heardAt = Date.now();
    const before = frames.at(-1);
    // The process that would have reported it may have died itself.
    const isReported = happenings.some(({ text }) => text.includes('died'));
    if (before !== undefined && frame.restarts > before.restarts && !isReported)
      happenings.push({ at: frame.at, kind: 'bad', text: 'A worker died. It is replaced.' });
    frames.push(frame);
    frames = frames.filter(({ at }) => at > frame.at - HISTORY_SECONDS * 1000);
    addEvents(happenings);
    show(frame);
  });
  // A stream that was refused, as after the end of a session, is not opened again by the browser.
  stream.addEventListener('error', () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

/** @returns what the service answers; its problem in words if it refuses */
async function press(action) {
  const response = await fetch(`/console/actions/${action}`, {
    method: 'POST',
    headers: { 'x-hotshelf-console': '1' },
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? body.title);
  return body;
}

function onPress(id, run) {
  const button = byId(id);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await run(button);
    } catch (error) {
      write('try-result', `That did not work: ${error.message}`);
    } finally {
      button.disabled = false;
    }
  });
}

onPress('do-load', async (button) => {
  const name = button.textContent;
  const { seconds } = await press('load');
  write('try-result', `Reading about 500 products a second for ${seconds} s.`);
  for (let left = seconds; left > 0; left -= 1) {
    button.textContent = `Loading: ${left} s`;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  button.textContent = name;
});

onPress('do-price', async () => {
  const { product, price, arrivals, processes } = await press('price');
  const times = arrivals.map(({ pid, ms }) => `process ${pid} within ${ms} ms`);
  const reached = arrivals.length === 0 ? 'No process was notified.' : `Notified: ${times.join(', ')}.`;
  write('try-result', `${product} costs ${price} now. ${reached} ${arrivals.length} of ${processes}.`);
});

onPress('do-redis', async (button) => {
  const isPaused = button.dataset.paused === 'true';
  await press(isPaused ? 'redis-resume' : 'redis-pause');
  button.dataset.paused = String(!isPaused);
  button.textContent = isPaused ? 'Pause Redis' : 'Let Redis go on';
  write('try-result', isPaused ? 'Redis goes on.' : 'Redis is silent. Reads go on from L1 and Postgres.');
});

setInterval(() => {
  if (Date.now() - heardAt > SILENT_MS) say('bad', 'The service does not answer; the figures are old');
}, 1000);

listen();
