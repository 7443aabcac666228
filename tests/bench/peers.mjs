// SPDX-License-Identifier: MIT
// The three shapes in which people write a night in Node, against the fake: one call after the other, batches with
// Promise.all, a pool with p-limit. Each answer is parsed, its picture decoded and written to a file; nothing is
// verified, hashed, synced or written down. Usage: node peers.mjs SHAPE BASE_URL ITEMS CONCURRENCY DIRECTORY
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';

const [shape, baseUrl, items, concurrency, directory] = process.argv.slice(2);
const c = Number(concurrency);
const url = `${baseUrl}/models/gemini-nano-banana-2.1:generateContent`;
const numbers = Array.from({ length: Number(items) }, (_, i) => i);

async function make(i) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-goog-api-key': 'test-key' },
    body: JSON.stringify({
      contents: [{ role: 'user', parts: [{ text: `bright studio photo of a kettle. Number ${i}.` }] }],
      generationConfig: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '1:1', imageSize: '1K' } },
    }),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  const answer = await response.json();
  const { data } = answer.candidates[0].content.parts.filter((p) => p.inlineData && !p.thought).at(-1).inlineData;
  await writeFile(join(directory, `${i}.png`), Buffer.from(data, 'base64'));
}

const shapes = {
  async sequential() {
    for (const i of numbers) await make(i);
  },
  async batches() {
    for (let i = 0; i < numbers.length; i += c) await Promise.all(numbers.slice(i, i + c).map(make));
  },
  async pool() {
    const limit = pLimit(c);
    await Promise.all(numbers.map((i) => limit(() => make(i))));
  },
};
await shapes[shape]();
