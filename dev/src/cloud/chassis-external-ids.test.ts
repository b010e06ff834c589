import assert from "node:assert/strict";
import { test } from "node:test";

import { parsePairs } from "./chassis-external-ids.ts";

test("a column of pairs is read with its quoted values, commas inside included", () => {
  const text =
    '{ct-no-masked-label="true", datapath-type=netdev, iface-types="afxdp,bareudp,geneve", is-interconn="false", ovn-bridge-mappings="physnet1:br-ex", ovn-cms-options=enable-chassis-as-gw}\n';
  const pairs = parsePairs(text);
  assert.equal(pairs.get("datapath-type"), "netdev");
  assert.equal(pairs.get("iface-types"), "afxdp,bareudp,geneve");
  assert.equal(pairs.get("ovn-bridge-mappings"), "physnet1:br-ex");
  assert.equal(pairs.get("ovn-cms-options"), "enable-chassis-as-gw");
  assert.equal(parsePairs("{}").size, 0);
});
