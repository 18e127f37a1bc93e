// Walk through every screen in Firefox over WebDriver BiDi: node firefox_walk.mjs, JSON on stdin
// { puppeteer, firefox, url, query, drawn: { SELECTION: SELECTOR } }. Prints what was seen as JSON:
// { screens: [SELECTION], faults: [TEXT] }; stops with an error where something is not drawn.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const asked = JSON.parse(readFileSync(0, 'utf8'));
const { default: puppeteer } = await import(pathToFileURL(asked.puppeteer));
const LEFT_EARLY = /^AbortError|Connection errored out|NetworkError when attempting/;
const WAIT_MS = 60_000;

const browser = await puppeteer.launch({
  browser: 'firefox', executablePath: asked.firefox, headless: true,
});
const faults = [];
const screens = [];
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 }).catch((error) => {
    if (!/unknown command/.test(error.message)) throw error; // Firefox 140 cannot turn its screen
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !LEFT_EARLY.test(message.text())) faults.push(message.text());
  });
  await page.goto(`${asked.url}/?view=overview&query=${asked.query}`, { waitUntil: 'domcontentloaded' });
  for (const [selection, drawn] of Object.entries(asked.drawn)) {
    const [view, ...more] = selection.split('&');
    const tab = await page.waitForSelector(`[role=tab][data-tab="${view}"]`, { timeout: WAIT_MS });
    await tab.click();
    for (const one of more) { // what else is to be selected on that screen
      const [name, value] = one.split('=');
      await page.evaluate((chosen) => window.SecondLook.patch(chosen), { [name]: value });
    }
    const seen = await page.waitForSelector(drawn, { timeout: WAIT_MS });
    await seen.evaluate((node) => node.scrollIntoView({ block: 'center' }));
    await page.waitForSelector(drawn, { visible: true, timeout: WAIT_MS });
    screens.push(selection);
  }
  await page.evaluate(() => window.history.back()); // the driver waits for a page to load, and none does
  await page.waitForFunction(() => location.search.includes('view='), { timeout: WAIT_MS });
} finally {
  await browser.close();
}
console.log(JSON.stringify({ screens, faults }));
