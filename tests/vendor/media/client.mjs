// SPDX-License-Identifier: MIT
// Holds the fake's wires to the vendors' own clients: a full round of each, and the errors they tell
// apart. Prints the calls made. Usage: node client.mjs BASE_URL
import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';
import RunwayML from '@runwayml/sdk';
import Replicate from 'replicate';
import { createFalClient } from '@fal-ai/client';

const base = process.argv[2];
const key = 'test-key';
const calls = [];
const called = (name) => calls.push(name);

const isPng = (bytes) => assert.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG');
const isMp4 = (bytes) => assert.equal(bytes.subarray(4, 8).toString('latin1'), 'ftyp');

// Results lie open: no key goes there.
async function fetched(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return Buffer.from(await response.arrayBuffer());
}

async function fails(request, status, text) {
  await assert.rejects(request, (e) => {
    assert.equal(e.status ?? e.response?.status, status, String(e));
    assert.match(`${e.message} ${JSON.stringify(e.body ?? e.error ?? '')}`, text);
    return true;
  });
}

// ---- OpenAI ----

async function openai() {
  const client = (apiKey = key) => new OpenAI({ apiKey, baseURL: `${base}/v1`, maxRetries: 0 });
  const model = 'gpt-image-2.6-sunburst';
  const schema = {
    type: 'object',
    properties: { variants: { type: 'array', items: { type: 'string' } } },
    required: ['variants'],
    additionalProperties: false,
  };
  const chat = (prompt, more = {}) =>
    client().chat.completions.create({
      model: 'gpt-6-luna',
      messages: [
        { role: 'system', content: 'Answer with exactly 3 variants.' },
        { role: 'user', content: prompt },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'copy', strict: true, schema } },
      max_completion_tokens: 500,
      ...more,
    });

  const copy = await chat('headlines');
  called('chat.completions.create');
  assert.equal(new Set(JSON.parse(copy.choices[0].message.content).variants).size, 3);
  assert.equal(copy.choices[0].finish_reason, 'stop');
  assert.ok(copy.usage.completion_tokens > 0);
  const refused = await chat('FAIL-refusal');
  assert.equal(refused.choices[0].message.content, null);
  assert.match(refused.choices[0].message.refusal, /can't/);
  await fails(chat('FAIL-quota'), 429, /current quota/);
  await fails(chat('x', { max_tokens: 5 }), 400, /max_completion_tokens/);
  await fails(chat('x', { response_format: { type: 'json_schema', json_schema: { name: 'c', strict: true, schema: { type: 'object', properties: { a: {} } } } } }), 400, /additionalProperties/);

  const made = await client().images.generate({ model, prompt: 'a bicycle', size: '1024x1536', quality: 'low' });
  called('images.generate');
  const picture = Buffer.from(made.data[0].b64_json, 'base64');
  isPng(picture);
  assert.equal(picture.readUInt32BE(16) * 3, picture.readUInt32BE(20) * 2);
  assert.ok(made.usage.output_tokens > 0);
  const file = (name) => toFile(picture, name, { type: 'image/png' });
  const one = await client().images.edit({ model, prompt: 'blue', image: await file('a.png') });
  isPng(Buffer.from(one.data[0].b64_json, 'base64'));
  const two = await client().images.edit({ model, prompt: 'blue', n: 2, image: [await file('a.png'), await file('b.png')] });
  called('images.edit');
  assert.equal(two.data.length, 2);
  await fails(client().images.generate({ model, prompt: 'x', response_format: 'b64_json' }), 400, /response_format/);
  await fails(client().images.generate({ model, prompt: 'x', size: '100x100' }), 400, /size/);
  await fails(client().images.generate({ model: 'dall-e-3', prompt: 'x' }), 404, /deprecated/);
  await fails(client('wrong').images.generate({ model, prompt: 'x' }), 401, /API key/);
}

// ---- Runway ----

// The client waits six seconds between two looks at a task: here the looks are ours.
async function ended(runway, id) {
  for (;;) {
    const task = await runway.tasks.retrieve(id);
    if (!['PENDING', 'THROTTLED', 'RUNNING'].includes(task.status)) return task;
  }
}

async function runway() {
  const client = (apiKey = key) => new RunwayML({ apiKey, baseURL: base, maxRetries: 0 });
  const video = (promptText, more = {}) =>
    client().textToVideo.create({ model: 'gen4.5', promptText, ratio: '1280:720', duration: 5, ...more });

  const submitted = await video('a bicycle');
  called('textToVideo.create');
  assert.equal(submitted.estimatedCost.credits, 60);
  const task = await ended(client(), submitted.id);
  called('tasks.retrieve');
  assert.equal(task.status, 'SUCCEEDED');
  assert.equal(task.cost.credits, 60);
  isMp4(await fetched(task.output[0]));

  const upload = await client().uploads.createEphemeral({ file: new File([Buffer.from('x')], 'a.png', { type: 'image/png' }) });
  called('uploads.createEphemeral');
  assert.match(upload.uri, /^runway:\/\//);
  const moved = await client().imageToVideo.create({ model: 'gen4_turbo', promptText: 'x', promptImage: upload.uri, ratio: '1280:720', duration: 5 });
  called('imageToVideo.create');
  assert.equal((await ended(client(), moved.id)).status, 'SUCCEEDED');

  const image = await client().textToImage.create({ model: 'gen4_image', promptText: '@ref1 in blue', ratio: '1920:1080', referenceImages: [{ uri: upload.uri, tag: 'ref1' }] });
  called('textToImage.create');
  isPng(await fetched((await ended(client(), image.id)).output[0]));

  const bad = await ended(client(), (await video('FAIL-safety')).id);
  assert.equal(bad.status, 'FAILED');
  assert.equal(bad.failureCode, 'SAFETY.INPUT.TEXT');
  const given = await video('another');
  await client().tasks.delete(given.id);
  called('tasks.delete');
  assert.equal((await ended(client(), given.id)).status, 'CANCELLED');
  await fails(video('x', { ratio: '1:1' }), 400, /ratio/);
  await fails(client('wrong').tasks.retrieve('17f20503-6c24-4c16-946b-000000000001'), 401, /API key/);
}

// ---- fal ----

async function fal() {
  const client = (credentials = key) =>
    createFalClient({
      credentials,
      retry: { maxRetries: 0 },
      requestMiddleware: async (r) => ({ ...r, url: r.url.replace(/^https:\/\/[a-z.]*fal\.run/, base) }),
    });
  const pika = 'fal-ai/pika/v2.2/text-to-video';
  const run = (prompt, more = {}) =>
    client().subscribe(pika, { input: { prompt, resolution: '720p', duration: '5', ...more }, pollInterval: 20 });

  const made = await run('a bicycle');
  called('subscribe (queue.submit, queue.status, queue.result)');
  assert.equal(made.data.video.content_type, 'video/mp4');
  isMp4(await fetched(made.data.video.url));
  const queued = await client().queue.submit(pika, { input: { prompt: 'b' } });
  assert.equal(queued.status, 'IN_QUEUE');
  assert.ok(queued.status_url.startsWith(base) && queued.cancel_url.startsWith(base));
  await client().queue.cancel(pika, { requestId: queued.request_id });
  called('queue.cancel');
  const picture = await client().subscribe('fal-ai/flux/dev', { input: { prompt: 'c' }, pollInterval: 20 });
  isPng(await fetched(picture.data.images[0].url));
  await fails(run('FAIL-policy'), 422, /content_policy_violation/);
  await fails(run('x', { duration: 5 }), 422, /duration/);
  await fails(run('x', { extra: 1 }), 422, /extra/);
  await fails(client('wrong').subscribe(pika, { input: { prompt: 'x' } }), 401, /Unauthorized|Key/);
}

// ---- Replicate ----

async function replicate() {
  const client = (auth = key) => new Replicate({ auth, baseUrl: `${base}/v1`, useFileOutput: false });
  const made = await client().predictions.create({ model: 'owner/name', input: { prompt: 'a bicycle' } });
  called('predictions.create');
  const done = await client().wait(made, { interval: 20 });
  called('predictions.get (wait)');
  assert.equal(done.status, 'succeeded');
  isPng(await fetched(done.output[0]));
  const video = await client().run('owner/video:5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa', { input: { prompt: 'b', duration: 5 }, wait: { mode: 'poll', interval: 20 } });
  called('run');
  isMp4(await fetched(video));
  const failing = await client().predictions.create({ model: 'owner/name', input: { prompt: 'FAIL-nsfw' } });
  await assert.rejects(client().wait(failing, { interval: 20 }), /Prediction failed: NSFW/);
  const given = await client().predictions.create({ model: 'owner/name', input: { prompt: 'c' } });
  assert.equal((await client().predictions.cancel(given.id)).status, 'canceled');
  called('predictions.cancel');
  await fails(client().predictions.create({ model: 'owner/name', input: {} }), 422, /prompt is required/);
  await fails(client('wrong').predictions.get('gm3qor1'), 401, /authentication token/);
}

for (const [name, round] of Object.entries({ openai, runway, fal, replicate })) {
  await round();
  console.log(`${name}: ${[...new Set(calls.splice(0))].join(', ')}`);
}
