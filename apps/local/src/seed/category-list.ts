/** A kind of goods: what its products are called, and what they cost. */
export interface SeedCategory {
  readonly id: string;
  readonly name: string;
  readonly nouns: readonly string[];
  /** Prices lie between these, in cents, most of them near the lower end. */
  readonly minCents: number;
  readonly maxCents: number;
}

type Row = readonly [slug: string, name: string, minCents: number, maxCents: number, nouns: string];

// Products are derived from this table by position: to change or reorder it changes every seeded product.
const ROWS: readonly Row[] = [
  ['audio', 'Audio', 1_900, 89_900, 'Headphones|Earbuds|Bookshelf Speaker|Soundbar|Turntable|Microphone'],
  ['baby', 'Baby', 500, 39_900, 'Carrier|High Chair|Play Mat|Bottle Set|Night Light|Changing Bag'],
  ['bags', 'Bags & Luggage', 1_500, 29_900, 'Backpack|Weekender|Tote|Cabin Case|Messenger Bag|Pouch'],
  [
    'bakeware',
    'Bakeware',
    700,
    6_900,
    'Loaf Tin|Tart Pan|Muffin Tray|Proofing Basket|Rolling Pin|Baking Stone',
  ],
  ['bath', 'Bath', 600, 8_900, 'Bath Towel|Bath Mat|Soap Dish|Shower Caddy|Bathrobe|Laundry Basket'],
  ['bedding', 'Bedding', 1_900, 34_900, 'Duvet Cover|Pillow|Fitted Sheet|Wool Blanket|Quilt|Mattress Topper'],
  ['bicycles', 'Bicycles', 900, 189_900, 'City Bike|Bike Light|Pannier|Helmet|Floor Pump|Saddle'],
  ['books', 'Books', 800, 5_900, 'Cookbook|Atlas|Field Guide|Sketchbook|Travel Journal|Photo Book'],
  [
    'cameras',
    'Cameras',
    2_900,
    249_900,
    'Compact Camera|Tripod|Prime Lens|Camera Strap|Photo Printer|Light Meter',
  ],
  ['camping', 'Camping', 900, 59_900, 'Tent|Sleeping Bag|Camp Stove|Lantern|Hammock|Folding Chair'],
  [
    'candles',
    'Candles & Scents',
    500,
    6_900,
    'Pillar Candle|Reed Diffuser|Tealight Set|Candle Holder|Incense|Room Spray',
  ],
  ['climbing', 'Climbing', 900, 39_900, 'Harness|Climbing Rope|Chalk Bag|Carabiner|Crash Pad|Belay Device'],
  [
    'coffee',
    'Coffee & Tea',
    700,
    79_900,
    'Pour-Over Set|Espresso Machine|Hand Grinder|Teapot|Milk Jug|Tea Tin',
  ],
  ['computers', 'Computers', 4_900, 299_900, 'Laptop|Monitor|Mini PC|Docking Station|Tablet|Laptop Stand'],
  ['cookware', 'Cookware', 1_900, 34_900, 'Saucepan|Frying Pan|Casserole|Wok|Stockpot|Griddle'],
  ['crafts', 'Crafts', 300, 12_900, 'Knitting Set|Embroidery Hoop|Pottery Kit|Linocut Set|Glue Gun|Bead Box'],
  [
    'cycling-wear',
    'Cycling Wear',
    1_500,
    24_900,
    'Jersey|Bib Shorts|Rain Cape|Cycling Gloves|Arm Warmers|Cycling Cap',
  ],
  [
    'desks',
    'Desks & Office',
    900,
    89_900,
    'Standing Desk|Desk Lamp|Office Chair|Monitor Arm|Drawer Unit|Desk Mat',
  ],
  [
    'fitness',
    'Fitness',
    900,
    99_900,
    'Yoga Mat|Kettlebell|Rowing Machine|Skipping Rope|Foam Roller|Weight Bench',
  ],
  ['footwear', 'Footwear', 2_900, 29_900, 'Hiking Boots|Running Shoes|Sandals|Slippers|Rain Boots|Trainers'],
  [
    'games',
    'Games & Puzzles',
    900,
    8_900,
    'Board Game|Jigsaw Puzzle|Card Game|Chess Set|Dice Set|Strategy Game',
  ],
  [
    'garden',
    'Garden',
    500,
    49_900,
    'Watering Can|Pruning Shears|Raised Bed|Garden Hose|Wheelbarrow|Compost Bin',
  ],
  ['grocery', 'Grocery', 200, 4_900, 'Olive Oil|Honey|Dark Chocolate|Pasta|Granola|Sea Salt'],
  ['headwear', 'Hats & Scarves', 900, 12_900, 'Beanie|Sun Hat|Wool Scarf|Flat Cap|Headband|Neck Warmer'],
  ['jewellery', 'Jewellery', 1_900, 149_900, 'Necklace|Signet Ring|Hoop Earrings|Bracelet|Brooch|Cufflinks'],
  [
    'kitchen',
    'Kitchen',
    500,
    39_900,
    'Chopping Board|Chef Knife|Stand Mixer|Kitchen Scale|Salad Spinner|Kettle',
  ],
  [
    'knitwear',
    'Knitwear',
    2_900,
    24_900,
    'Cardigan|Roll-Neck|Crew-Neck Jumper|Knitted Vest|Poncho|Wool Socks',
  ],
  [
    'lighting',
    'Lighting',
    1_500,
    69_900,
    'Floor Lamp|Pendant Light|Table Lamp|Wall Light|String Lights|Reading Light',
  ],
  [
    'music',
    'Musical Instruments',
    900,
    199_900,
    'Acoustic Guitar|Ukulele|Digital Piano|Cajon|Violin|Metronome',
  ],
  ['outerwear', 'Outerwear', 4_900, 59_900, 'Rain Jacket|Down Parka|Trench Coat|Fleece|Windbreaker|Gilet'],
  ['pets', 'Pets', 400, 24_900, 'Dog Bed|Cat Tree|Bird Feeder|Leash|Scratching Post|Travel Crate'],
  [
    'phones',
    'Phones',
    900,
    129_900,
    'Smartphone|Phone Case|Charging Dock|Power Bank|Car Mount|Screen Protector',
  ],
  ['skincare', 'Skincare', 600, 14_900, 'Face Cream|Hand Balm|Sunscreen|Cleansing Oil|Lip Care|Body Lotion'],
  [
    'smart-home',
    'Smart Home',
    1_900,
    39_900,
    'Thermostat|Smart Plug|Doorbell|Motion Sensor|Smart Bulb|Air Monitor',
  ],
  [
    'stationery',
    'Stationery',
    200,
    12_900,
    'Notebook|Fountain Pen|Desk Calendar|Pencil Set|Letter Opener|Ink Bottle',
  ],
  ['storage', 'Storage', 900, 59_900, 'Bookcase|Storage Box|Coat Rack|Shoe Cabinet|Wall Shelf|Wardrobe'],
  [
    'tableware',
    'Tableware',
    500,
    19_900,
    'Dinner Plate|Soup Bowl|Cutlery Set|Water Glass|Serving Dish|Espresso Cup',
  ],
  ['tools', 'Tools', 500, 49_900, 'Cordless Drill|Socket Set|Hand Plane|Spirit Level|Claw Hammer|Toolbox'],
  ['toys', 'Toys', 500, 14_900, 'Building Blocks|Wooden Train|Plush Bear|Kite|Marble Run|Doll House'],
  ['watches', 'Watches', 4_900, 249_900, 'Field Watch|Diver|Chronograph|Dress Watch|Watch Strap|Wall Clock'],
];

/** Every category that the seed knows. */
export const CATEGORIES: readonly SeedCategory[] = ROWS.map(([slug, name, minCents, maxCents, nouns]) => ({
  id: `cat-${slug}`,
  name,
  nouns: nouns.split('|'),
  minCents,
  maxCents,
}));
