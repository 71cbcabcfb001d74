/**
 * Independent readers of command lines, after the documentation of each shell, for the property
 * "what is rendered splits back into the same argv".
 */

/** POSIX shell: words, single quotes, backslash outside quotes. */
export function splitSh(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === " " || char === "\t" || char === "\n") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) throw new Error("unterminated quote");
      word = (word ?? "") + line.slice(i + 1, end);
      i = end;
    } else if (char === "\\") {
      word = (word ?? "") + line[++i];
    } else if (/["$`;&|<>()*?[\]#~!{}]/.test(char)) {
      throw new Error(`unquoted ${char}`);
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Phase one of cmd.exe at the prompt: variables that exist are put in, others stay. */
function expandPercent(line: string, variables: ReadonlyMap<string, string>): string {
  return line.replace(/%([^%]+)%/g, (all, name: string) => variables.get(name) ?? all);
}

/** Phase two of cmd.exe: carets outside quotes go; special characters outside quotes are fatal. */
function readCarets(line: string): string {
  let result = "";
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === '"') isQuoted = !isQuoted;
    if (!isQuoted && char === "^") {
      result += line[++i] ?? "";
      continue;
    }
    if (!isQuoted && /[&|<>()]/.test(char)) throw new Error(`unquoted ${char}`);
    result += char;
  }
  return result;
}

/** What a Windows program makes of its command line (CommandLineToArgvW, without its `""` rule). */
function commandLineToArgv(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === "\\") {
      let count = 0;
      while (line[i] === "\\") {
        count++;
        i++;
      }
      if (line[i] === '"') {
        word = (word ?? "") + "\\".repeat(Math.floor(count / 2));
        if (count % 2 === 1) word += '"';
        else i--;
      } else {
        word = (word ?? "") + "\\".repeat(count);
        i--;
      }
    } else if (char === '"') {
      isQuoted = !isQuoted;
      word ??= "";
    } else if (!isQuoted && (char === " " || char === "\t")) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** cmd.exe at the prompt, then the program. */
export function splitCmd(line: string, variables: ReadonlyMap<string, string>): string[] {
  return commandLineToArgv(readCarets(expandPercent(line, variables)));
}

/** PowerShell in argument mode: words and single-quoted strings, any of its five single quotes. */
export function splitPowershell(line: string): string[] {
  const isQuote = (char: string | undefined) => char !== undefined && /['\u2018-\u201b]/.test(char);
  const text = line.startsWith("& ") ? line.slice(2) : line;
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (isQuote(char)) {
      word ??= "";
      for (i++; i < text.length; i++) {
        if (isQuote(text[i])) {
          if (!isQuote(text[i + 1])) break;
          i++;
        }
        word += text[i];
      }
    } else if (/["$`;&|<>(){}@#,*?[\]%]/.test(char)) {
      throw new Error(`unquoted ${char}`);
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}
