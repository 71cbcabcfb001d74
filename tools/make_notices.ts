// deno-lint-ignore-file no-console -- what it says is for whoever runs it
/**
 * Writes `tui/notices.json`: the license texts of everything that can be inside the program, for
 * `unbrick licenses`. Those of npm are read from the packages; JSR may be out of reach, and its two
 * scopes, Deno and V8 are few, so their copyright lines stand here.
 *
 * Run with `deno task notices` when a test says that a package has none.
 *
 * @module
 */
import { NPM_IMPORT_MAP } from "./package_source.ts";
import { groupByText, type Notice, npmNoticeName, packagesOf } from "./notices.ts";

const PROJECT = new URL("../", import.meta.url);
const LICENSE_FILE = /^(licen[cs]e|copying|notice)(\.\w+)?$/i;

async function readNpmText(folder: string): Promise<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const files = entries.map(({ name }) => name).filter((name) => LICENSE_FILE.test(name));
  if (files.length === 0) throw new Error(`No license in ${folder}`);
  const texts = await Promise.all(
    files.sort().map((name) => Deno.readTextFile(`${folder}/${name}`)),
  );
  return texts.join("\n\n");
}

async function npmNotices(): Promise<Notice[]> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `--import-map=${NPM_IMPORT_MAP}`, "main.ts"],
    cwd: PROJECT,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Deno does not know the modules of the program");
  return await Promise.all(
    packagesOf(new TextDecoder().decode(stdout)).npm.map(async (found) => ({
      names: [npmNoticeName(found)],
      text: await readNpmText(found.localPath),
    })),
  );
}

const ours = await Deno.readTextFile(new URL("LICENSE", PROJECT));
const mit = (copyright: string): string => ours.replace(/^Copyright .*$/m, copyright);

const notices = {
  ours: [{ names: ["unbrick"], text: ours.trim() }],
  runtime: [
    { names: ["Deno"], text: mit("Copyright 2018-2026 the Deno authors").trim() },
    {
      names: ["V8"],
      text: (await Deno.readTextFile(new URL("licenses/v8.txt", import.meta.url))).trim(),
    },
  ],
  jsr: groupByText([
    {
      names: ["@cliffy/*"],
      text: mit("Copyright (c) 2020-2023 Benjamin Fischer <c4spar@gmx.de>"),
    },
    { names: ["@std/*"], text: mit("Copyright 2018-2022 the Deno authors.") },
  ]),
  npm: groupByText(await npmNotices()),
};

const target = new URL("tui/notices.json", PROJECT);
await Deno.writeTextFile(target, `${JSON.stringify(notices, null, 2)}\n`);
console.log(`tui/notices.json: ${notices.npm.flatMap(({ names }) => names).length} of npm`);
