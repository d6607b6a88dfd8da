// Slug, name, least and greatest price in cents, nouns. Products are derived from this table by position: to change or
// reorder it changes every seeded product.
const ROWS = `
audio: Audio: 1900-89900: Headphones, Earbuds, Bookshelf Speaker, Soundbar, Turntable, Microphone
baby: Baby: 500-39900: Carrier, High Chair, Play Mat, Bottle Set, Night Light, Changing Bag
bags: Bags & Luggage: 1500-29900: Backpack, Weekender, Tote, Cabin Case, Messenger Bag, Pouch
bakeware: Bakeware: 700-6900: Loaf Tin, Tart Pan, Muffin Tray, Proofing Basket, Rolling Pin, Baking Stone
bath: Bath: 600-8900: Bath Towel, Bath Mat, Soap Dish, Shower Caddy, Bathrobe, Laundry Basket
bedding: Bedding: 1900-34900: Duvet Cover, Pillow, Fitted Sheet, Wool Blanket, Quilt, Mattress Topper
bicycles: Bicycles: 900-189900: City Bike, Bike Light, Pannier, Helmet, Floor Pump, Saddle
books: Books: 800-5900: Cookbook, Atlas, Field Guide, Sketchbook, Travel Journal, Photo Book
cameras: Cameras: 2900-249900: Compact Camera, Tripod, Prime Lens, Camera Strap, Photo Printer, Light Meter
camping: Camping: 900-59900: Tent, Sleeping Bag, Camp Stove, Lantern, Hammock, Folding Chair
candles: Candles & Scents: 500-6900: Pillar Candle, Reed Diffuser, Tealight Set, Candle Holder, Incense, Room Spray
climbing: Climbing: 900-39900: Harness, Climbing Rope, Chalk Bag, Carabiner, Crash Pad, Belay Device
coffee: Coffee & Tea: 700-79900: Pour-Over Set, Espresso Machine, Hand Grinder, Teapot, Milk Jug, Tea Tin
computers: Computers: 4900-299900: Laptop, Monitor, Mini PC, Docking Station, Tablet, Laptop Stand
cookware: Cookware: 1900-34900: Saucepan, Frying Pan, Casserole, Wok, Stockpot, Griddle
crafts: Crafts: 300-12900: Knitting Set, Embroidery Hoop, Pottery Kit, Linocut Set, Glue Gun, Bead Box
cycling-wear: Cycling Wear: 1500-24900: Jersey, Bib Shorts, Rain Cape, Cycling Gloves, Arm Warmers, Cycling Cap
desks: Desks & Office: 900-89900: Standing Desk, Desk Lamp, Office Chair, Monitor Arm, Drawer Unit, Desk Mat
fitness: Fitness: 900-99900: Yoga Mat, Kettlebell, Rowing Machine, Skipping Rope, Foam Roller, Weight Bench
footwear: Footwear: 2900-29900: Hiking Boots, Running Shoes, Sandals, Slippers, Rain Boots, Trainers
games: Games & Puzzles: 900-8900: Board Game, Jigsaw Puzzle, Card Game, Chess Set, Dice Set, Strategy Game
garden: Garden: 500-49900: Watering Can, Pruning Shears, Raised Bed, Garden Hose, Wheelbarrow, Compost Bin
grocery: Grocery: 200-4900: Olive Oil, Honey, Dark Chocolate, Pasta, Granola, Sea Salt
headwear: Hats & Scarves: 900-12900: Beanie, Sun Hat, Wool Scarf, Flat Cap, Headband, Neck Warmer
jewellery: Jewellery: 1900-149900: Necklace, Signet Ring, Hoop Earrings, Bracelet, Brooch, Cufflinks
kitchen: Kitchen: 500-39900: Chopping Board, Chef Knife, Stand Mixer, Kitchen Scale, Salad Spinner, Kettle
knitwear: Knitwear: 2900-24900: Cardigan, Roll-Neck, Crew-Neck Jumper, Knitted Vest, Poncho, Wool Socks
lighting: Lighting: 1500-69900: Floor Lamp, Pendant Light, Table Lamp, Wall Light, String Lights, Reading Light
music: Musical Instruments: 900-199900: Acoustic Guitar, Ukulele, Digital Piano, Cajon, Violin, Metronome
outerwear: Outerwear: 4900-59900: Rain Jacket, Down Parka, Trench Coat, Fleece, Windbreaker, Gilet
pets: Pets: 400-24900: Dog Bed, Cat Tree, Bird Feeder, Leash, Scratching Post, Travel Crate
phones: Phones: 900-129900: Smartphone, Phone Case, Charging Dock, Power Bank, Car Mount, Screen Protector
skincare: Skincare: 600-14900: Face Cream, Hand Balm, Sunscreen, Cleansing Oil, Lip Care, Body Lotion
smart-home: Smart Home: 1900-39900: Thermostat, Smart Plug, Doorbell, Motion Sensor, Smart Bulb, Air Monitor
stationery: Stationery: 200-12900: Notebook, Fountain Pen, Desk Calendar, Pencil Set, Letter Opener, Ink Bottle
storage: Storage: 900-59900: Bookcase, Storage Box, Coat Rack, Shoe Cabinet, Wall Shelf, Wardrobe
tableware: Tableware: 500-19900: Dinner Plate, Soup Bowl, Cutlery Set, Water Glass, Serving Dish, Espresso Cup
tools: Tools: 500-49900: Cordless Drill, Socket Set, Hand Plane, Spirit Level, Claw Hammer, Toolbox
toys: Toys: 500-14900: Building Blocks, Wooden Train, Plush Bear, Kite, Marble Run, Doll House
watches: Watches: 4900-249900: Field Watch, Diver, Chronograph, Dress Watch, Watch Strap, Wall Clock
`;

/** Every category that the seed knows: a kind of goods, with the names and prices of its products. */
export const CATEGORIES = ROWS.trim()
  .split('\n')
  .map((row) => {
    const [slug, name = '', cents = '', nouns = ''] = row.split(': ');
    const [minCents = 0, maxCents = 0] = cents.split('-').map(Number);
    return { id: `cat-${slug}`, name, nouns: nouns.split(', '), minCents, maxCents };
  });

/** The random numbers of a product: each has its own, unrelated to those of the others. */
const SALTS = {
  category: 0x2f0b4c47,
  maker: 0x51ed270b,
  style: 0x6c8e9cf5,
  noun: 0x7feb352d,
  colour: 0x045d9f3b,
  price: 0x1b873593,
  stock: 0x3c6ef372,
  updated: 0x68e31da4,
} as const;

/**
 * A number in [0, 1) that looks random and is always the same for the same `k` and purpose. In 32-bit integer
 * arithmetic, which every machine and every version of Node does alike.
 *
 * @see https://github.com/skeeto/hash-prospector (the mixing function is its `lowbias32`)
 */
function draw(k: number, purpose: keyof typeof SALTS): number {
  let x = k ^ SALTS[purpose];
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x ^= x >>> 16;
  return (x >>> 0) / 2 ** 32;
}

const MAKERS =
  'Alder|Birch & Co|Calla|Dovetail|Elm|Fjord|Granit|Hazel|Isla|Juniper|Kestrel|Linden|Marlow'.split('|');
const STYLES = 'Classic|Compact|Everyday|Heritage|Light|Modern|Original|Pro|Slim|Studio|Travel|Vintage'.split(
  '|',
);
const COLOURS =
  'Ash|Black|Chalk|Clay|Copper|Forest|Graphite|Indigo|Moss|Ochre|Sand|Slate|Terracotta|White'.split('|');

/** The first instant of 2025, UTC. Every product was last updated in the year after it. */
const EPOCH_MS = 1_735_689_600_000;
const YEAR_MS = 31_536_000_000;

const MAX_STOCK = 500;
/** The share that is sold out, so that a demonstration shows that case too. */
const SOLD_OUT = 1 / 20;

/**
 * Product number `k` of the seeded catalogue: the same on every machine and in a catalogue of any size, since it
 * depends on `k` and the tables here alone.
 *
 * @param k a whole number from 0
 * @returns a row of `products`
 */
export function productOf(k: number) {
  const category = pick(CATEGORIES, draw(k, 'category'));
  const maker = pick(MAKERS, draw(k, 'maker'));
  const style = pick(STYLES, draw(k, 'style'));
  const noun = pick(category.nouns, draw(k, 'noun'));
  const colour = pick(COLOURS, draw(k, 'colour'));
  return {
    id: `prod-${k}`,
    name: `${maker} ${style} ${noun}, ${colour}`,
    price: priceOf(draw(k, 'price'), category),
    stock: stockOf(draw(k, 'stock')),
    category_id: category.id,
    last_updated: new Date(EPOCH_MS + Math.floor(draw(k, 'updated') * YEAR_MS)).toISOString(),
  };
}

/**
 * Cheap things are more common than dear ones, and prices end in 9: 4.99, 129.99. As text, with two decimals: no binary
 * rounding ever touches money.
 */
function priceOf(u: number, { minCents, maxCents }: { minCents: number; maxCents: number }): string {
  const cents = Math.floor(minCents + u * u * u * (maxCents - minCents));
  const shown = cents - (cents % 100) + 99;
  return `${Math.floor(shown / 100)}.${String(shown % 100).padStart(2, '0')}`;
}

function stockOf(u: number): number {
  return u < SOLD_OUT ? 0 : 1 + Math.floor(((u - SOLD_OUT) / (1 - SOLD_OUT)) * MAX_STOCK);
}

function pick<T>(list: readonly T[], u: number): T {
  return list[Math.floor(u * list.length)] as T;
}
