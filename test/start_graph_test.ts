// What is loaded before the first question, the version and a listening server: every module costs
// every start, some a lot. No clock is looked at; `deno task bench:start` does that.
import { before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromFileUrl } from "@std/path";
import { packageFlags } from "./support/unbrick_process.ts";

const PROJECT = new URL("../", import.meta.url);

interface Dependency {
  readonly specifier: string;
  readonly isDynamic?: boolean;
  /** Missing for what is imported for its types only. */
  readonly code?: { readonly specifier?: string };
}

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly Dependency[];
  }[];
}

/** What some modules of the project load with them, before anything of them runs. */
interface Loaded {
  /** Modules of the project, by their paths from its top. */
  readonly modules: readonly string[];
  /** Packages and modules of Deno, by the names that stand in the imports. */
  readonly packages: readonly string[];
}

async function readGraph(): Promise<Graph> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["info", "--json", "--no-lock", ...packageFlags()],
      ...[
        `--config=${fromFileUrl(new URL("deno.json", PROJECT))}`,
        new URL("main.ts", PROJECT).href,
      ],
    ],
  }).output();
  const text = new TextDecoder();
  assert.notEqual(stdout.length, 0, text.decode(stderr));
  return JSON.parse(text.decode(stdout));
}

function loadedBy({ modules }: Graph, ...paths: readonly string[]): Loaded {
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const packages = new Set<string>();
  const seen = new Set<string>();
  const open = paths.map((path) => new URL(path, PROJECT).href);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const module = known.get(next);
    assert.ok(module !== undefined, `${next} is not part of the program`);
    for (const { specifier, isDynamic, code } of module.dependencies ?? []) {
      if (isDynamic === true || code?.specifier === undefined) continue;
      if (specifier.startsWith(".")) open.push(code.specifier);
      else packages.add(specifier);
    }
  }
  return {
    modules: [...seen].map((href) => href.slice(PROJECT.href.length)).sort(),
    packages: [...packages].sort(),
  };
}

describe("what is loaded", () => {
  let graph: Graph;

  before(async () => {
    graph = await readGraph();
  });

  function assertWithout({ modules }: Loaded, forbidden: RegExp): void {
    assert.ok(modules.length > 10);
    assert.deepEqual(modules.filter((path) => forbidden.test(path)), []);
  }

  it("before the keyboard waits for silence is no package", () => {
    const loaded = loadedBy(graph, "main.ts", "tui/commands/guide.ts");
    assert.deepEqual(loaded.packages, []);
    assertWithout(
      loaded,
      /^lib\/(bootp|console|device|firmware|simulator)\/|_listing|list_interfaces/,
    );
    assertWithout(loaded, /^lib\/(setup\/(plan|run|undo)|tftp\/.*(session|server|client))/);
  });

  it("before the first question is one prompt, and nothing of the engine", () => {
    const loaded = loadedBy(
      graph,
      ...["main.ts", "tui/commands/guide.ts", "tui/cliffy_ui.ts", "tui/flow/device_step.ts"],
    );
    assert.deepEqual(loaded.packages, ["@cliffy/prompt/select"]);
    assertWithout(loaded, /^lib\/(bootp|console|firmware|simulator)\//);
    assertWithout(loaded, /catalogue|^tui\/(commands\/(?!guide)|flow\/(?!device_step|flow))/);
    assertWithout(loaded, /^lib\/(setup\/(plan_|run|undo)|tftp\/.*(session|server|client))/);
  });

  it("before the version is no command", () => {
    const loaded = loadedBy(graph, "main.ts", "tui/commands/root.ts");
    assert.deepEqual(loaded.packages, ["@cliffy/command", "@cliffy/command/help"]);
    assertWithout(loaded, /^tui\/(commands\/(?!root)|flow\/|cliffy_ui)/);
    assertWithout(loaded, /^lib\/(bootp|console|device|firmware|simulator|tftp)\/|_listing/);
  });

  it("before a server listens is neither another command, nor a prompt, nor the catalogue's data", () => {
    const loaded = loadedBy(
      graph,
      ...["main.ts", "tui/commands/root.ts", "tui/commands/serve.ts"],
    );
    assert.ok(!loaded.packages.some((name) => name.startsWith("@cliffy/prompt")));
    assertWithout(loaded, /^tui\/(commands\/(?!root|serve|checks|image_options)|flow\/|cliffy_ui)/);
    assertWithout(loaded, /^lib\/(bootp|console|simulator)\/|\.json$(?<!^deno\.json)/);
  });

  it("is more when an import is added to any of it", () => {
    assert.ok(loadedBy(graph, "tui/flow/image_step.ts").packages.length > 0);
    assert.ok(
      loadedBy(graph, "tui/commands/practice.ts").modules.some((path) =>
        path.startsWith("lib/simulator/")
      ),
    );
  });
});
