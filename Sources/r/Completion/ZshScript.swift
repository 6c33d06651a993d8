extension CompletionScripts {
  /// The same text as completions/r.zsh.
  static let zsh = #"""
    #compdef r
    # Completion of r for zsh. The names come from the running rd; nothing here starts one.

    _r() {
      local -a lines closed open
      local line word entry
      lines=("${(@f)$(command r __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
      case "$lines[1]" in
        :files)
          compset -P '*=@' || compset -P '--*='
          _files
          return
          ;;
        :directories)
          compset -P '--*='
          _files -/
          return
          ;;
      esac
      for line in "${lines[@]}"; do
        word="${line%%$'\t'*}"
        [[ -n $word ]] || continue
        entry="${word//:/\\:}"
        [[ $line == *$'\t'* ]] && entry+=":${line#*$'\t'}"
        if [[ $word == *[=@] ]]; then open+=("$entry"); else closed+=("$entry"); fi
      done
      _describe -t words r closed -- open -S ''
    }

    if [[ $funcstack[1] == _r ]]; then
      _r "$@"
    else
      compdef _r r
    fi

    """#
}
