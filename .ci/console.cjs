// A newcomer's flow through the console, in headless Chromium. After each step what
// the page shows has to become what /_console/state, read from the fakes, says.
"use strict";
const assert = require("node:assert/strict");
const {readFileSync} = require("node:fs");
const {chromium} = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [url, shots] = process.argv.slice(2);
const origin = new URL(url).origin;

// shown reads the page the way a person does: by its text.
const shown = () => {
  const texts = selector => [...document.querySelectorAll(selector)].map(e => e.textContent.trim());
  const figure = (id, name) => document.querySelector(`#${id} [data-figure="${name}"]`)?.textContent;
  const queue = name => document.querySelector(`[data-queue="${name}"]`);
  return {
    requests: document.getElementById("n-requests").textContent,
    last: texts("#requests tr").slice(0, 100),
    events: [...document.querySelectorAll("#events tr")].map(r => [...r.querySelectorAll("li")].map(l => l.textContent)),
    items: texts("#tables summary"),
    emails: queue("emails")?.querySelector("p").textContent,
    dead: queue("failed-emails")?.querySelectorAll("details").length,
    redrive: document.getElementById("redrive")?.disabled,
    hits: figure("cache", "hits"), misses: figure("cache", "misses"), rate: figure("cache", "hit rate"),
    costs: texts("#costs tr"),
  };
};

// expected says what the page has to show of a state.
function expected(s) {
  const [emails, dead] = s.queues;
  return {
    requests: `${s.requests.total} in all`,
    last: s.requests.last.map(r => `${r.time}${r.method} ${r.path}${r.status}${r.milliseconds.toFixed(1)}`),
    events: s.events.map(e => e.handlers.map(h =>
      `${h.error ? "✗" : "✓"} ${h.handler}${h.attempts === 1 ? "" : h.done ? ` (done in attempt ${h.done} of ${h.attempts})` : ` (attempt ${h.attempts})`}` +
      (h.error ? `: ${h.error}` : ""))),
    items: s.tables.flatMap(t => t.items.map(i => s.tables.length > 1 ? `${t.name}: ${i.key}` : i.key)),
    emails: `${emails.visible} visible, ${emails.inFlight} in flight, ${emails.delayed} delayed`,
    dead: dead.messages.length,
    redrive: dead.messages.length === 0,
    hits: String(s.cache.hits), misses: String(s.cache.misses),
    rate: s.cache.hits + s.cache.misses ? `${Math.round(100 * s.cache.rate)} %` : "–",
    costs: s.costs.routes.map(r => `${r.route}${r.requests}${r.cost}${r.perMillion}`),
  };
}

const state = async () => (await fetch(`${origin}/_console/state`)).json();

// until calls check until it does not throw any more; the last error counts.
async function until(what, check, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try { return await check(); } catch (e) {
      if (Date.now() > end) throw new Error(`${what}: ${e.message}`);
    }
    await new Promise(done => setTimeout(done, 100));
  }
}

async function main() {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ["--no-sandbox"]});
  const page = await browser.newPage({viewport: {width: 1280, height: 900}, colorScheme: "light"});
  const troubles = [];
  page.on("pageerror", e => troubles.push(String(e)));
  page.on("console", m => { if (m.type() === "error" && !/status of 4\d\d/.test(m.text())) troubles.push(m.text()); });
  page.on("request", r => { if (!r.url().startsWith(origin) && !r.url().startsWith("data:")) troubles.push(`an external file: ${r.url()}`); });

  const agrees = what => until(what, async () => assert.deepEqual(await page.evaluate(shown), expected(await state())));
  const press = async (selector, says) => {
    await page.click(selector);
    await until(`${selector} says ${says}`, async () => assert.match(await page.textContent("#said"), says));
  };
  const step = name => console.log(`ok ${name}`);

  await page.goto(url);
  await page.waitForSelector("#live.on");
  await agrees("an empty platform");
  step("the page opens and shows an empty platform");

  await press("[data-send=register]", /: 201$/);
  await until("four handlers", async () => assert.equal((await state()).events[0]?.handlers.length, 4));
  await agrees("a registration");
  step("a registration reaches its four handlers");

  await press("[data-send=post]", /: 201$/);
  await press("[data-send=read]", /10 times: 200$/);
  await press("[data-send=apply]", /: 201$/);
  await press("[data-send=change]", /: 200 and 412$/);
  await agrees("gigs");
  assert.ok((await state()).cache.hits > 0);
  step("gigs are posted, read, applied to and changed; one of two equal changes loses");

  await press("[data-fault=throttle]", /throttled/);
  await press("[data-send=register]", /: 201$/);
  await press("[data-fault=cut]", /lost/);
  await press("[data-send=post]", /: 201$/);
  await agrees("a throttled table and a lost answer");
  step("a throttled table and a lost answer are noticed by nobody");

  await press("[data-fault=handler]", /fail 2 times/);
  await press("[data-send=register]", /: 201$/);
  await until("a failure on the page", async () => assert.ok((await page.evaluate(shown)).events[0].some(h => h.startsWith("✗ profile"))));
  await until("the third attempt", async () => {
    await press("[data-fault=freeze]", /hour/);
    const handlers = (await page.evaluate(shown)).events[0];
    assert.ok(handlers.includes("✓ profile (done in attempt 3 of 3)"));
    assert.ok(handlers.includes("✓ metrics (done in attempt 1 of 3)"));
  });
  await agrees("a handler that failed twice");
  step("a failed handler is shown, and tried until it succeeds");

  await press("[data-send=bounce]", /: 201$/);
  await until("a dead letter", async () => {
    await press("[data-fault=freeze]", /hour/);
    assert.equal((await page.evaluate(shown)).dead, 1);
  }, 40);
  await agrees("a dead letter");
  await press("#redrive", /1 dead letters/);
  await until("an empty dead-letter queue", async () => assert.equal((await state()).queues[1].messages.length, 0));
  await agrees("a redrive");
  step("a bouncing e-mail ends on the dead-letter queue and is redriven");

  // The keyboard alone.
  await page.click("h1"); // Tab goes on from there
  for (let i = 0; i < 10 && await page.evaluate(() => document.activeElement.dataset?.send) !== "register"; i++) await page.keyboard.press("Tab");
  const before = (await state()).requests.total;
  await page.keyboard.press("Enter");
  await until("a request by keyboard", async () => assert.equal((await state()).requests.total, before + 1));
  assert.equal(await page.evaluate(() => document.activeElement.dataset.send), "register", "focus stays where it was");
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none", "focus is visible");
  step("buttons are reached and pressed with the keyboard");

  for (const [name, width, scheme] of [["desktop", 1280, "light"], ["phone", 390, "dark"], ["desktop", 1280, "dark"], ["phone", 390, "light"]]) {
    await page.setViewportSize({width, height: 900});
    await page.emulateMedia({colorScheme: scheme});
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: nothing is cut off`);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)), [],
      `${name}: no column is out of sight`);
    const found = await page.evaluate(`${axe}; axe.run()`);
    assert.deepEqual(found.violations.map(v => `${v.id}: ${v.help} (${v.nodes.map(n => n.target).join(", ")})`), [], `${name}, ${scheme}: accessibility`);
    if (shots) await page.screenshot({path: `${shots}/console-${name}-${scheme}.png`, fullPage: true});
  }
  step("it fits a phone, is readable in light and dark, and axe finds nothing");

  // Another site's page must not press a button.
  const stranger = await browser.newPage();
  await stranger.goto("data:text/html,<title>a stranger</title>");
  const throttled = await stranger.evaluate(u => fetch(u, {method: "POST", mode: "no-cors"}).then(r => r.type, String), `${origin}/_console/faults/freeze`);
  assert.ok(["opaque", "TypeError: Failed to fetch"].includes(throttled));
  const clock = (await state()).time;
  await new Promise(done => setTimeout(done, 500));
  assert.equal((await state()).time.slice(0, 2), clock.slice(0, 2), "no hour has passed");
  step("a stranger's page cannot press buttons");

  assert.deepEqual(troubles, []);
  await browser.close();
}

main().catch(e => { console.error(e.stack ?? e); process.exit(1); });
