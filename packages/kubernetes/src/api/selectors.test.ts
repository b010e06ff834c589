import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import {
  formatFieldSelector,
  formatLabelSelector,
  type LabelRequirement,
  type LabelSelector,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from "./selectors.ts";

// "in", "notin" and the names of Object's own members are labels like any other.
const key = fc.constantFrom("app", "tier", "in", "notin", "constructor", "__proto__", "example.org/x-y_z.1");
const value = fc.constantFrom("", "a", "b", "in", "a.b_c-1");
const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
  fc
    .tuple(key, fc.constantFrom("In" as const, "NotIn" as const), fc.uniqueArray(value, { minLength: 1, maxLength: 3 }))
    .map(([key, operator, values]) => ({ key, operator, values })),
  fc
    .tuple(key, fc.constantFrom("Exists" as const, "DoesNotExist" as const))
    .map(([key, operator]) => ({ key, operator })),
);
const labels = fc.dictionary(key, value);
const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: labels,
  matchExpressions: fc.array(requirement, { maxLength: 4 }),
});

test("what is formatted is read back as the same requirements", () => {
  fc.assert(
    fc.property(selector, (one) => {
      const read = parseLabelSelector(formatLabelSelector(one));
      assert.deepEqual(labelRequirements(read), labelRequirements(one));
    }),
    { numRuns: 2000 },
  );
});

test("a selector matches exactly when each requirement holds for the set of the object's labels", () => {
  fc.assert(
    fc.property(selector, labels, (one, object) => {
      const pairs = new Map(Object.entries(object));
      const expected = labelRequirements(one).every(({ key, operator, values }) => {
        const allowed = new Set(values);
        if (operator === "Exists" || operator === "DoesNotExist") return pairs.has(key) === (operator === "Exists");
        const held = pairs.get(key);
        const inside = held !== undefined && allowed.has(held);
        return operator === "In" ? inside : !inside;
      });
      assert.equal(matchesLabels(one, object), expected);
    }),
    { numRuns: 2000 },
  );
});

test("no selector matches nothing, an empty one everything", () => {
  assert.equal(matchesLabels(undefined, { a: "b" }), false);
  assert.equal(matchesLabels({}, undefined), true);
  assert.equal(formatLabelSelector({}), "");
});

test("selectors are read as people write them", () => {
  assert.deepEqual(labelRequirements(parseLabelSelector(" a == b , c!=d,e in ( f , g ), h notin (i),j, ! k,l= ")), [
    { key: "a", operator: "In", values: ["b"] },
    { key: "c", operator: "NotIn", values: ["d"] },
    { key: "e", operator: "In", values: ["f", "g"] },
    { key: "h", operator: "NotIn", values: ["i"] },
    { key: "j", operator: "Exists" },
    { key: "k", operator: "DoesNotExist" },
    { key: "l", operator: "In", values: [""] },
  ]);
});

test("anything else is refused, and no text hangs the reader", () => {
  for (const text of [",", "a,", "a b", "a in", "a in (b", "=b", "!", "a=b=c", "a,,b", "in (a)"]) {
    assert.throws(() => parseLabelSelector(text), UsageError, text);
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from("ab=!,() in")), maxLength: 60 }), (text) => {
      try {
        parseLabelSelector(text);
      } catch (error) {
        assert.ok(error instanceof UsageError);
      }
    }),
    { numRuns: 5000 },
  );
});

test("field selectors escape what would end a value", () => {
  assert.equal(
    formatFieldSelector([
      { path: "metadata.name", operator: "=", value: "a,b=c\\d" },
      { path: "spec.nodeName", operator: "!=", value: "" },
    ]),
    String.raw`metadata.name=a\,b\=c\\d,spec.nodeName!=`,
  );
});
