import assert from "node:assert/strict";
import test from "node:test";

import { Resampler } from "../../../static/js/audio/resample.js";
import { joined, noise, pieces, sampled, snrDb } from "./signals.js";

const SPEECH_BAND = { fromHz: 50, toHz: 6900, seed: 2 };
const ABOVE = { fromHz: 8000, toHz: 20000, seed: 3 };

function resampled(samples, fromHz) {
  const resampler = new Resampler(fromHz);
  return joined([...pieces(samples).map((piece) => resampler.push(piece)), resampler.flush()]);
}

for (const rateHz of [44100, 48000, 88200, 96000, 192000]) {
  test(`noise to 20 kHz at ${rateHz} Hz keeps 80 dB between the speech band and what would fold into it`, () => {
    const band = noise(SPEECH_BAND);
    const heard = resampled(sampled([...band, ...noise(ABOVE)], rateHz, 0.5), rateHz);
    const snr = snrDb(heard, sampled(band, 16000, 0.5));
    assert.ok(snr > 80, `${snr.toFixed(1)} dB`);
  });
}

test("taking every third sample instead fails the same measure", () => {
  const band = noise(SPEECH_BAND);
  const all = sampled([...band, ...noise(ABOVE)], 48000, 0.5);
  const heard = Float32Array.from({ length: 8000 }, (_, i) => all[3 * i]);
  assert.ok(snrDb(heard, sampled(band, 16000, 0.5)) < 10);
});

for (const rateHz of [8000, 11025, 22050, 24000, 32000, 44100, 48000]) {
  test(`a sine of 1 kHz at ${rateHz} Hz comes out the same, at its own time`, () => {
    const sine = [{ hz: 1000, phase: 0.3, size: 0.5 }];
    const heard = resampled(sampled(sine, rateHz, 0.4), rateHz);
    const snr = snrDb(heard, sampled(sine, 16000, 0.4));
    assert.equal(heard.length, 6400);
    assert.ok(snr > 80, `${snr.toFixed(1)} dB`);
  });
}

test("16 kHz passes through untouched", () => {
  const samples = sampled(noise(SPEECH_BAND), 16000, 0.1);
  assert.deepEqual(resampled(samples, 16000), samples);
});

test("how the input is cut does not change one sample of the output", () => {
  const samples = sampled(noise(SPEECH_BAND), 44100, 0.3);
  const whole = new Resampler(44100);
  assert.deepEqual(resampled(samples, 44100), joined([whole.push(samples), whole.flush()]));
});

test("an hour's worth of pieces adds up to the sample", () => {
  const resampler = new Resampler(44100);
  let count = 0;
  for (let i = 0; i < 3000; i += 1) count += resampler.push(new Float32Array(882)).length;
  count += resampler.flush().length;
  assert.equal(count, (3000 * 882 * 16000) / 44100);
});

test("after a flush it starts anew", () => {
  const resampler = new Resampler(48000);
  const samples = sampled(noise(SPEECH_BAND), 48000, 0.2);
  const first = joined([resampler.push(samples), resampler.flush()]);
  assert.deepEqual(joined([resampler.push(samples), resampler.flush()]), first);
});

test("less than the filter's length still comes out at a flush", () => {
  const resampler = new Resampler(48000);
  assert.equal(resampler.push(new Float32Array(96)).length, 0);
  assert.equal(resampler.flush().length, 32);
});
