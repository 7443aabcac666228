// SPDX-License-Identifier: MIT
// Holds the fake's video wires to the vendor's own clients: Veo by the last one that speaks it to the
// Developer API (2.32.0), and by 3.1.0 to Vertex AI; the Interactions API by 3.1.0.
// Usage: node client_video.mjs BASE_URL SCRATCH_DIRECTORY
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GoogleGenAI } from '@google/genai';
import { GoogleGenAI as GoogleGenAI2 } from 'genai-2';

const [baseUrl, scratch] = process.argv.slice(2);
const apiKey = 'test-key';
const calls = [];
const called = (name) => calls.push(name);

// A movie: its first box says so, its boxes fill the file.
function checkMovie(bytes) {
  const boxes = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    assert.ok(bytes.readUInt32BE(at) >= 8);
    boxes.push(bytes.toString('latin1', at + 4, at + 8));
  }
  assert.deepEqual(boxes, ['ftyp', 'moov', 'free', 'mdat']);
}

async function finish(ai, operation) {
  let polls = 0;
  for (; !operation.done; polls++) {
    assert.ok(polls < 10);
    operation = await ai.operations.getVideosOperation({ operation });
  }
  assert.ok(polls >= 2);
  return operation;
}

async function veoDeveloper() {
  const ai = new GoogleGenAI2({ apiKey, httpOptions: { baseUrl } });
  const ask = (prompt) =>
    ai.models.generateVideos({
      model: 'veo-3.1-generate-preview',
      prompt,
      config: { numberOfVideos: 1, durationSeconds: 8, aspectRatio: '9:16', resolution: '1080p' },
    });
  const done = await finish(ai, await ask('a kettle'));
  const [{ video }] = done.response.generatedVideos;
  const file = join(scratch, 'veo.mp4');
  await ai.files.download({ file: video, downloadPath: file });
  checkMovie(readFileSync(file));
  called('2.32.0 models.generateVideos, operations.getVideosOperation, files.download');

  const filtered = await finish(ai, await ask('END-filtered'));
  assert.equal(filtered.response.raiMediaFilteredCount, 1);
  assert.equal(filtered.response.generatedVideos?.length ?? 0, 0);
  const failed = await finish(ai, await ask('END-failed'));
  assert.equal(failed.error.code, 13);
  await assert.rejects(
    ai.models.generateVideos({ model: 'veo-3.1', prompt: 'x', config: { durationSeconds: 5 } }),
    /duration/,
  );
}

async function veoVertex(options) {
  const ai = new GoogleGenAI({ vertexai: true, httpOptions: { baseUrl }, ...options });
  const operation = await ai.models.generateVideos({
    model: 'veo-3.1-generate-001',
    prompt: 'a kettle',
    config: { durationSeconds: 8, generateAudio: false, seed: 7 },
  });
  const done = await finish(ai, operation);
  const [{ video }] = done.response.generatedVideos;
  checkMovie(Buffer.from(video.videoBytes, 'base64'));
  called(`3.1.0 Vertex AI (${options.apiKey ? 'key' : 'project'}) generateVideos, getVideosOperation`);
}

async function omni() {
  const ai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
  const ask = (input, more) =>
    ai.interactions.create({
      model: 'gemini-omni-1.2-flash',
      input,
      response_format: { type: 'video', duration: '5s', delivery: 'uri' },
      background: true,
      ...more,
    });
  let it = await ask('a kettle');
  assert.equal(it.status, 'queued');
  for (let n = 0; it.status === 'queued' || it.status === 'in_progress'; n++) {
    assert.ok(n < 10);
    it = await ai.interactions.get(it.id);
  }
  assert.equal(it.status, 'completed');
  assert.ok(it.output_video.uri, 'the client found the video');
  const name = `files/${it.output_video.uri.match(/files\/([a-z0-9]+)/)[1]}`;
  assert.equal((await ai.files.get({ name })).state, 'ACTIVE');
  const file = join(scratch, 'omni.mp4');
  await ai.files.download({ file: name, downloadPath: file });
  checkMovie(readFileSync(file));
  called('3.1.0 interactions.create, interactions.get, files.get, files.download');

  const inline = await ask('a kettle', {
    background: false,
    response_format: { type: 'video', duration: '3s', delivery: 'inline' },
  });
  checkMovie(Buffer.from(inline.output_video.data, 'base64'));
  const cancelled = await ai.interactions.cancel((await ask('another')).id);
  assert.equal(cancelled.status, 'cancelled');
  called('3.1.0 interactions.create (held), interactions.cancel');
  await assert.rejects(ask('x', { response_format: { type: 'video', duration: 5 } }), /duration/);
}

await veoDeveloper();
await veoVertex({ apiKey });
await veoVertex({
  project: 'p',
  location: 'us-central1',
  googleAuthOptions: {
    authClient: {
      getRequestHeaders: async () => new Headers({ authorization: `Bearer ${apiKey}` }),
    },
  },
});
await omni();
console.log(calls.map((c) => `    ${c}`).join('\n'));
console.log("the vendor's video clients are content");
