/** So many a second: a service that has just come back has much to do, and Neutron makes some four ports a second. */
const perSecond = 25;

/**
 * When to try what failed while a service was away, in milliseconds from its return: one key after the other, a little at
 * random. A key whose own pause ends sooner keeps that. Pure.
 */
export function* recoveryTimes(keys: Iterable<string>, random: () => number): Generator<readonly [string, number]> {
  let index = 0;
  for (const key of keys) {
    yield [key, ((index + random()) * 1000) / perSecond];
    index += 1;
  }
}
