// The rules of lib/README.md that a program can check: who may import whom, and which names are
// forbidden where.
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

const PROJECT = new URL("../", import.meta.url);

interface Source {
  /** Path from the top of the project, with "/". */
  readonly path: string;
  readonly text: string;
  /** The text without comments and the inside of strings. */
  readonly code: string;
  readonly imports: readonly string[];
}

function readSources(folder: string, depth = Infinity): Source[] {
  const sources: Source[] = [];
  for (const entry of Deno.readDirSync(new URL(folder, PROJECT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory && depth > 0) sources.push(...readSources(`${path}/`, depth - 1));
    else if (entry.isFile && path.endsWith(".ts")) {
      const text = Deno.readTextFileSync(new URL(path, PROJECT));
      sources.push({ path, text, code: codeOf(text), imports: importsOf(text) });
    }
  }
  return sources;
}

/** Comments, strings and templates, in the order in which they swallow each other. */
const NOT_CODE = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

function codeOf(text: string): string {
  return text.replace(NOT_CODE, (part) => part.startsWith("/") ? " " : '""');
}

function importsOf(text: string): string[] {
  const withoutComments = text.replace(
    NOT_CODE,
    (part) => part.startsWith("/") ? " " : part,
  );
  const statements = withoutComments.matchAll(
    /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm,
  );
  return [...statements].map((match) => match[1] ?? match[2] ?? "");
}

/** Path from the top of the project that a relative import means. */
function targetOf(source: Source, specifier: string): string {
  const top = "file:///";
  return new URL(specifier, `${top}${source.path}`).href.slice(top.length);
}

function inFolder(path: string, folder: string): boolean {
  return path.startsWith(folder);
}

const main = readSources("./", 0).map((source) => ({ ...source, path: source.path.slice(2) }))
  .filter(({ path }) => path === "main.ts");
const lib = readSources("lib/");
const tui = readSources("tui/");
const tools = readSources("tools/");
const product = [...main, ...lib, ...tui];
const engine = lib.filter(({ path }) => !inFolder(path, "lib/npm_fallback/"));
const isDenoHost = ({ path }: Source) => /^lib\/host\/(?:deno_\w+|os_errors)\.ts$/.test(path);
const pure = engine.filter((source) => !isDenoHost(source));

function offenders(sources: readonly Source[], forbidden: RegExp): string[] {
  return sources.flatMap(({ path, code }) => {
    const match = forbidden.exec(code);
    return match === null ? [] : [`${path}: ${match[0]}`];
  });
}

function importers(
  sources: readonly Source[],
  forbidden: (target: string, source: Source) => boolean,
): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((specifier) =>
        forbidden(specifier.startsWith(".") ? targetOf(source, specifier) : specifier, source)
      )
      .map((specifier) => `${source.path} imports ${specifier}`)
  );
}

describe("the checks themselves", () => {
  it("see the sources they are about", () => {
    assert.equal(main.length, 1);
    assert.ok(engine.length > 10 && tui.length > 3 && tools.length > 1);
    assert.ok(engine.some(isDenoHost));
  });

  it("see imports in every form, and none in comments", () => {
    const text = [
      'import "./a.ts";',
      'import type { B } from "./b.ts";',
      "import {",
      "  c,",
      '} from "./c.ts";',
      'export * from "./d.ts";',
      'const e = await import("./e.ts");',
      '// import "./f.ts";',
      '/* import "./g.ts"; */',
    ].join("\n");
    assert.deepEqual(importsOf(text), ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
  });

  it("do not take comments and strings for code", () => {
    assert.doesNotMatch(codeOf('const a = "Deno.x"; // Deno.y\n/* Deno.z */'), /Deno/);
    assert.match(codeOf('const a = "//"; Deno.x();'), /Deno/);
  });
});

describe("dependencies", () => {
  it("point from main to tui to lib, never back", () => {
    assert.deepEqual(
      importers(lib, (target) => /^(main\.ts|tui\/|test\/|tools\/)/.test(target)),
      [],
    );
    assert.deepEqual(importers(tui, (target) => /^(main\.ts|test\/|tools\/)/.test(target)), []);
    assert.deepEqual(importers(main, (target) => /^(test\/|tools\/)/.test(target)), []);
  });

  it("of tools are pure parts of lib at most", () => {
    assert.deepEqual(importers(tools, (target) => /^(main\.ts|tui\/|test\/)/.test(target)), []);
  });

  it("are relative paths or bare names", () => {
    const isAllowed = (target: string) =>
      !/^(https?|jsr|npm|file|data):/.test(target) && !target.startsWith("/");
    assert.deepEqual(importers([...product, ...tools], (target) => !isAllowed(target)), []);
  });

  it("never lead into the stand-ins, which only the import map names", () => {
    const outside = [...product, ...tools].filter(({ path }) =>
      !inFolder(path, "lib/npm_fallback/")
    );
    assert.deepEqual(
      importers(outside, (target) => /npm_fallback|^(commander|@inquirer\/)/.test(target)),
      [],
    );
  });

  it("on prompts exist in one adapter only", () => {
    const others = product.filter(({ path }) =>
      path !== "tui/cliffy_ui.ts" && !inFolder(path, "lib/npm_fallback/")
    );
    assert.deepEqual(importers(others, (target) => target.startsWith("@cliffy/prompt")), []);
  });

  it("of the guided flow reach neither terminal nor commands", () => {
    const flow = tui.filter(({ path }) => inFolder(path, "tui/flow/"));
    assert.ok(flow.length > 5);
    const isForbidden = (target: string) =>
      /^tui\/(commands\/|cliffy_ui|console|context|key|live_screen)/.test(target);
    assert.deepEqual(importers(flow, isForbidden), []);
  });

  it("on the parser of the command line exist in tui only", () => {
    assert.deepEqual(importers(engine, (target) => target.startsWith("@cliffy/")), []);
  });

  it("on the implementation of the host exist in main only", () => {
    const others = product.filter((source) => source.path !== "main.ts" && !isDenoHost(source));
    assert.deepEqual(
      importers(others, (target) => /^lib\/host\/(?:deno_|os_errors)/.test(target)),
      [],
    );
  });

  it("of the protocol cores do not reach the surface to the world, its types excepted", () => {
    const cores = engine.filter(({ path }) =>
      /^lib\/(tftp|bootp|net|firmware|device)\//.test(path)
    );
    assert.ok(cores.length > 0);
    assert.deepEqual(
      importers(cores, (target) => inFolder(target, "lib/host/") && target !== "lib/host/host.ts"),
      [],
    );
  });
});

describe("the engine", () => {
  it("touches Deno in the implementation of the host only", () => {
    assert.deepEqual(offenders(pure, /\bDeno\b/), []);
  });

  it("asks for clock, timers and chance nowhere but there", () => {
    assert.deepEqual(
      offenders(
        pure,
        /\b(setTimeout|setInterval|setImmediate|performance|Math\.random|Date\.now|new Date\(\))/,
      ),
      [],
    );
  });

  it("writes nothing to a terminal and does not end the process", () => {
    assert.deepEqual(
      offenders(
        engine,
        /\b(console\.\w+\(|process\.(?!getBuiltinModule\()|alert\(|prompt\(|confirm\()/,
      ),
      [],
    );
  });

  it("imports of Node only what has no side effects", () => {
    const allowed = new Set(["node:crypto", "node:zlib", "node:buffer", "node:path"]);
    assert.deepEqual(
      importers(pure, (target) => target.startsWith("node:") && !allowed.has(target)),
      [],
    );
    const loaders = engine.filter(({ path }) => path !== "lib/node_builtins.ts");
    assert.deepEqual(offenders(loaders, /getBuiltinModule/), []);
  });
});

describe("the user interface", () => {
  it("touches Deno in its console only", () => {
    const others = tui.filter(({ path }) => path !== "tui/console.ts");
    assert.deepEqual(offenders(others, /\bDeno\b/), []);
  });
});

describe("every source", () => {
  it("asks for the operating system in lib/host only", () => {
    const others = [...product, ...tools].filter((source) => !inFolder(source.path, "lib/host/"));
    assert.deepEqual(offenders(others, /\bDeno\.build\b|\bprocess\.platform\b|\bnavigator\b/), []);
  });

  it("begins with a description of its module", () => {
    const missing = [...product, ...tools].filter(({ text }) =>
      !/^(?:#!.*\n)?(?:\/\/.*\n)*\/\*\*[^]*?@module\b[^]*?\*\//.test(text)
    );
    assert.deepEqual(missing.map(({ path }) => path), []);
  });

  it("has no default export", () => {
    assert.deepEqual(offenders([...product, ...tools], /\bexport default\b/), []);
  });

  it("has a name in snake_case", () => {
    const odd = [...product, ...tools].map(({ path }) => path)
      .filter((path) => !/^(?:[a-z0-9_]+\/)*[a-z0-9_]+\.ts$/.test(path));
    assert.deepEqual(odd, []);
  });
});
