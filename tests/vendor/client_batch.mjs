// SPDX-License-Identifier: MIT
// Holds the fake's batches to the vendor's own client, as both versions of it speak them.
// Usage: node client_batch.mjs BASE_URL
import assert from 'node:assert/strict';
import { ApiError, GoogleGenAI } from '@google/genai';
import { GoogleGenAI as GoogleGenAI2 } from 'genai-2';

const baseUrl = process.argv[2];
const image = 'gemini-nano-banana-2.1';

const requests = (prompt) => [
  {
    contents: prompt,
    metadata: { key: 'tall' },
    config: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '9:16' } },
  },
  { contents: [{ role: 'user', parts: [{ text: 'the same in blue' }] }], metadata: { key: 'blue' } },
];

async function finish(ai, job) {
  const states = [job.state];
  while (job.state === 'JOB_STATE_PENDING' || job.state === 'JOB_STATE_RUNNING') {
    assert.ok(states.length < 10);
    assert.equal(job.dest, undefined);
    job = await ai.batches.get({ name: job.name });
    states.push(job.state);
  }
  assert.deepEqual([...new Set(states)].slice(0, 2), ['JOB_STATE_PENDING', 'JOB_STATE_RUNNING']);
  assert.ok(job.endTime >= job.createTime);
  return job;
}

function checkPicture(response) {
  const part = response.candidates[0].content.parts.filter((p) => p.inlineData && !p.thought).at(-1);
  const png = Buffer.from(part.inlineData.data, 'base64');
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  assert.ok(response.usageMetadata.totalTokenCount > 0);
  return png.readUInt32BE(16) / png.readUInt32BE(20);
}

async function fails(request, status, word) {
  await assert.rejects(request, (e) => {
    assert.ok(e instanceof ApiError || e.name === 'ApiError', String(e));
    assert.equal(e.status, status);
    assert.match(e.message, word);
    return true;
  });
}

async function round(version, Client) {
  const ai = new Client({ apiKey: 'test-key', httpOptions: { baseUrl } });
  const create = (prompt, more = {}, displayName = `night ${version}`) =>
    ai.batches.create({ model: image, src: requests(prompt), config: { displayName }, ...more });

  const submitted = await create('a kettle');
  assert.match(submitted.name, /^batches\/[a-z0-9]+$/);
  assert.equal(submitted.model, `models/${image}`);
  assert.equal(submitted.displayName, `night ${version}`);
  const done = await finish(ai, submitted);
  assert.equal(done.state, 'JOB_STATE_SUCCEEDED');
  assert.deepEqual(done.dest.inlinedResponses.map((r) => r.metadata.key), ['tall', 'blue']);
  assert.ok(Math.abs(checkPicture(done.dest.inlinedResponses[0].response) - 9 / 16) < 0.01);
  assert.equal(checkPicture(done.dest.inlinedResponses[1].response), 1);
  assert.deepEqual(await ai.batches.get({ name: done.name }), done);

  const copy = await finish(ai, await create('ignored', {
    model: 'gemini-3.5-flash-lite',
    src: [{ contents: 'a headline', config: { systemInstruction: 'be brief', temperature: 0.5 } }],
  }));
  assert.ok(copy.dest.inlinedResponses[0].response.candidates[0].content.parts.at(-1).text);

  const mixed = await finish(ai, await create('BAD-second'));
  assert.equal(mixed.state, 'JOB_STATE_SUCCEEDED');
  assert.equal(mixed.dest.inlinedResponses[0].error, undefined);
  assert.equal(mixed.dest.inlinedResponses[1].error.code, 13);
  assert.equal(mixed.dest.inlinedResponses[1].metadata.key, 'blue');
  for (const [prompt, state] of [['END-failed', 'JOB_STATE_FAILED'], ['END-expired', 'JOB_STATE_EXPIRED']]) {
    const ended = await finish(ai, await create(prompt));
    assert.equal(ended.state, state);
    assert.equal(ended.dest, undefined);
  }

  const another = await create('another');
  await ai.batches.cancel({ name: another.name });
  assert.equal((await ai.batches.get({ name: another.name })).state, 'JOB_STATE_CANCELLED');
  await ai.batches.cancel({ name: done.name });
  assert.equal((await ai.batches.get({ name: done.name })).state, 'JOB_STATE_SUCCEEDED');

  const listed = [];
  for await (const job of await ai.batches.list({ config: { pageSize: 4 } })) listed.push(job);
  const mine = listed.filter((job) => job.displayName === `night ${version}`);
  assert.equal(mine.length, 6);
  assert.ok(listed.every((job) => job.dest === undefined), 'no results in a list');
  assert.equal(mine.find((job) => job.name === done.name).state, 'JOB_STATE_SUCCEEDED');
  for (const job of mine) await ai.batches.delete({ name: job.name });
  await fails(ai.batches.get({ name: done.name }), 404, /NOT_FOUND/);
  assert.ok((await ai.batches.list()).page.every((job) => job.displayName === 'price'));

  await fails(create('x', { model: 'veo-3.1-generate-preview' }), 404, /not supported/);
  await fails(create('x', { src: 'files/nosuch' }), 403, /may not exist/);
  await fails(create('x', { config: undefined }), 400, /display_name/);
  await fails(create('x', { src: [] }), 400, /not specified/);
  const wrong = [...requests('x'), { contents: 'y', config: { imageConfig: { imageSize: '2k' } } }];
  await fails(create('x', { src: wrong }), 400, /image_size/);
  console.log(`    ${version} batches.create, .get, .cancel, .list, .delete`);
}

// The same picture alone and in a batch: half the price.
async function price() {
  const ai = new GoogleGenAI2({ apiKey: 'test-key', httpOptions: { baseUrl } });
  const billed = async () => (await (await fetch(`${baseUrl}/fake/invoice`)).json()).total_micros;
  const before = await billed();
  await ai.models.generateContent({ model: image, contents: 'a kettle' });
  const alone = (await billed()) - before;
  const src = [{ contents: 'a kettle' }];
  await finish(ai, await ai.batches.create({ model: image, src, config: { displayName: 'price' } }));
  assert.ok(alone > 0);
  assert.equal((await billed()) - before - alone, alone / 2);
}

await price();
await round('2.32.0', GoogleGenAI2);
await round('3.1.0', GoogleGenAI);

// What the clients never send.
const post = (path, body) =>
  fetch(`${baseUrl}/v1beta/${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'test-key', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const refused = async (path, body, word) => {
  const answer = await post(path, body);
  const { error } = await answer.json();
  assert.equal(answer.status, 400);
  assert.equal(error.status, 'INVALID_ARGUMENT');
  assert.match(error.message, word);
};
const raw = (batch) => ({ batch: { displayName: 'raw', ...batch } });
const inline = (item) => raw({ inputConfig: { requests: { requests: [item] } } });
const ask = `models/${image}:batchGenerateContent`;
const request = { contents: [{ parts: [{ text: 'x' }] }] };
await refused(ask, inline({ request, key: 'k' }), /Unknown name "key"/);
await refused(ask, inline({ request: { ...request, config: {} } }), /Unknown name "config"/);
await refused(ask, inline({ metadata: {} }), /request is not specified/);
await refused(ask, raw({ inputConfig: { requests: [] } }), /Invalid value at 'batch.input_config.requests'/);
await refused(ask, raw({ priority: 'high' }), /Invalid value at 'batch.priority'/);
await refused('batches/b1:cancel', { force: true }, /Unknown name "force"/);
console.log("the vendor's batch clients are content");
