// A real browser on web pages: node browse.mjs CHROMIUM < [{"page": URL, "run": "async () => ..."}]
// Runs each piece of code in a page of its own, and prints what each returned, or why it failed, as JSON.
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.argv[2],
  // a name that resolves to this machine, as after DNS rebinding
  args: ["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1"],
});
const asked = JSON.parse(await new Response(process.stdin).text());
const results = [];
for (const { page: url, run } of asked) {
  const page = await browser.newPage();
  await page.goto(url);
  results.push(await page.evaluate(`(${run})().catch((error) => "failed: " + error.message)`));
  await page.close();
}
await browser.close();
console.log(JSON.stringify(results));
