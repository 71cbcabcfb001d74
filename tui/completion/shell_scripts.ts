/**
 * What `unbrick completions` prints for each shell. The scripts know nothing of the commands: at
 * every Tab they ask the program as it was typed, with {@link formatCompletion} as the answer.
 *
 * @module
 */
import type { Completion } from "./complete_line.ts";

/** Shells that can complete. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell that can complete. */
export type CompletingShell = typeof SHELLS[number];

/** First line "files" or "words", then a word with a tab and its description in each line. */
export function formatCompletion(completion: Completion): string {
  if (completion.kind === "files") return "files\n";
  const lines = completion.words.map(({ word, description }) => `${word}\t${description}`);
  return ["words", ...lines].map((line) => `${line}\n`).join("");
}

/** The line for the start file of a shell that loads its script. */
export const LOADING_LINES: Readonly<Record<CompletingShell, string>> = {
  bash: 'eval "$(unbrick completions bash)"',
  zsh: 'eval "$(unbrick completions zsh)"',
  fish: "unbrick completions fish | source",
};

/** The script of each shell. */
export const SHELL_SCRIPTS: Readonly<Record<CompletingShell, string>> = {
  // Bash 3.2 (macOS) has no mapfile. Where there are no words, "-o default" completes files.
  bash: `_unbrick() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      *$'\\t'*) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("$1" completions complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _unbrick unbrick
`,
  zsh: `#compdef unbrick
_unbrick() {
  local line
  local -a lines offers
  lines=("\${(@f)$("\${(Q)words[1]}" completions complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "$lines[1]" == files ]]; then
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    offers+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done
  _describe unbrick offers
}
if [[ "$funcstack[1]" == _unbrick ]]; then
  _unbrick "$@"
else
  (( $+functions[compdef] )) || { autoload -U compinit && compinit -i -D }
  compdef _unbrick unbrick
fi
`,
  fish: `function __unbrick_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l lines ($words[1] completions complete -- $words[2..-1] "$current" 2>/dev/null)
  if test "$lines[1]" = files
    __fish_complete_path "$current"
  else
    printf '%s\\n' $lines[2..-1]
  end
end
complete -c unbrick -f -a '(__unbrick_complete)'
`,
};
