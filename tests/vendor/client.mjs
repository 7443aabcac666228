// SPDX-License-Identifier: MIT
// Holds the fake Gemini API to the wire with the vendor's own client: what this accepts as a picture,
// a copy and an error is what the fake must send. Usage: node client.mjs BASE_URL
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { ApiError, GoogleGenAI, Type } from '@google/genai';

const baseUrl = process.argv[2];
const client = (apiKey = 'test-key', apiVersion) =>
  new GoogleGenAI({ apiKey, apiVersion, httpOptions: { baseUrl } });

const crcTable = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const crc = (bytes) =>
  (bytes.reduce((c, b) => crcTable[(c ^ b) & 0xff] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

// Every chunk's checksum, the pixels unpacked: { width, height }.
function readPng(png) {
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const data = [];
  let width, height, at = 8, last;
  while (at < png.length) {
    const n = png.readUInt32BE(at);
    last = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + n);
    assert.equal(png.readUInt32BE(at + 8 + n), crc(png.subarray(at + 4, at + 8 + n)), last);
    if (last === 'IHDR') [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
    if (last === 'IDAT') data.push(body);
    at += n + 12;
  }
  assert.equal(last, 'IEND');
  assert.equal(inflateSync(Buffer.concat(data)).length, height * (width + 1));
  return { width, height };
}

const lastPicture = (response) =>
  response.candidates[0].content.parts.filter((p) => p.inlineData && !p.thought).at(-1);

async function image(apiVersion) {
  const response = await client('test-key', apiVersion).models.generateContent({
    model: 'gemini-nano-banana-2.1',
    contents: 'a red bicycle',
    config: { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '9:16', imageSize: '2K' } },
  });
  const thoughts = response.candidates[0].content.parts.filter((p) => p.thought && p.inlineData);
  assert.equal(thoughts.length, 1);
  const part = lastPicture(response);
  assert.equal(part.inlineData.mimeType, 'image/png');
  const { width, height } = readPng(Buffer.from(part.inlineData.data, 'base64'));
  assert.ok(Math.abs(width / height - 9 / 16) < 0.01, `${width}x${height}`);
  assert.equal(response.modelVersion, 'gemini-nano-banana-2.1');
  assert.ok(response.responseId);
  assert.equal(response.usageMetadata.candidatesTokensDetails[0].modality, 'IMAGE');
  assert.ok(response.usageMetadata.totalTokenCount > 0);
  return part.inlineData.data;
}

async function imageWithReference(reference) {
  const response = await client().models.generateContent({
    model: 'gemini-nano-banana-2.1',
    contents: [{ text: 'the same in blue' }, { inlineData: { mimeType: 'image/png', data: reference } }],
  });
  readPng(Buffer.from(lastPicture(response).inlineData.data, 'base64'));
}

async function copy() {
  const response = await client().models.generateContent({
    model: 'gemini-3.5-flash-lite',
    contents: 'three headlines',
    config: {
      responseMimeType: 'application/json',
      responseSchema: {
        type: Type.OBJECT,
        properties: { variants: { type: Type.ARRAY, items: { type: Type.STRING }, minItems: '3', maxItems: '3' } },
        required: ['variants'],
      },
    },
  });
  const { variants } = JSON.parse(response.text);
  assert.equal(variants.length, 3);
  assert.equal(new Set(variants).size, 3);
}

async function fails(request, status, word) {
  await assert.rejects(request, (e) => {
    assert.ok(e instanceof ApiError, String(e));
    assert.equal(e.status, status);
    assert.match(e.message, word);
    return true;
  });
}

const ask = (prompt, key, config) =>
  client(key).models.generateContent({ model: 'gemini-nano-banana-2.1', contents: prompt, config });

const first = await image();
assert.notEqual(await image('v1beta'), first);
await imageWithReference(first);
await copy();
await fails(ask('FAIL-minute'), 429, /RESOURCE_EXHAUSTED[^]*RetryInfo/);
await fails(ask('FAIL-html'), 502, /Error/);
await fails(ask('anything', 'another-key'), 400, /API key not valid/);
await fails(ask('anything', undefined, { imageConfig: { imageSize: '2k' } }), 400, /INVALID_ARGUMENT/);
const blocked = await ask('FAIL-blocked');
assert.equal(blocked.promptFeedback.blockReason, 'PROHIBITED_CONTENT');
assert.equal(blocked.candidates, undefined);
console.log('the vendor\'s client is content');
