/** Signals with a known truth, for measuring how well sound survives. */

/** Repeatable numbers from 0 to 1 (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Noise as many sines of random phase: it can be written down at any rate, for any band. */
export function noise({ fromHz, toHz, tones = 300, seed = 1 }) {
  const next = random(seed);
  return Array.from({ length: tones }, (_, i) => ({
    hz: fromHz + ((toHz - fromHz) * (i + next())) / tones,
    phase: 2 * Math.PI * next(),
    size: 0.5 / Math.sqrt(tones),
  }));
}

export function sampled(tones, rateHz, seconds) {
  const samples = new Float32Array(Math.round(rateHz * seconds));
  for (const { hz, phase, size } of tones) {
    const step = (2 * Math.PI * hz) / rateHz;
    for (let i = 0; i < samples.length; i += 1) samples[i] += size * Math.sin(step * i + phase);
  }
  return samples;
}

/** Signal-to-noise ratio in dB of `heard` against `truth`, leaving out both ends. */
export function snrDb(heard, truth, margin = 400) {
  let signal = 0;
  let wrong = 0;
  for (let i = margin; i < truth.length - margin; i += 1) {
    signal += truth[i] ** 2;
    wrong += (heard[i] - truth[i]) ** 2;
  }
  return 10 * Math.log10(signal / wrong);
}

/** Pieces of uneven lengths, as they come. */
export function pieces(samples, seed = 7) {
  const next = random(seed);
  const parts = [];
  for (let at = 0; at < samples.length; ) {
    const length = 1 + Math.floor(next() * 3000);
    parts.push(samples.slice(at, at + length));
    at += length;
  }
  return parts;
}

export function joined(parts, Kind = Float32Array) {
  const whole = new Kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
