import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { site } from "./server.ts";

test("the code of the page with the bell weighs at most 120 kB on the wire", () => {
  const folder = join(site, "pkg");
  const files = readdirSync(folder).filter((name) => /^belfry.*\.(js|wasm)$/.test(name));
  const weights = files.map((name) => brotliCompressSync(readFileSync(join(folder, name))).length);
  expect(files).toHaveLength(2);
  expect(weights.reduce((sum, weight) => sum + weight)).toBeLessThanOrEqual(120_000);
});
