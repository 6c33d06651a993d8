extension CompletionScripts {
  /// The same text as completions/r.fish.
  static let fish = #"""
    # Completion of r for fish. The names come from the running rd; nothing here starts one.

    function __r_complete
        set -l words (commandline -opc)
        set -l current (commandline -ct)
        for line in (command r __complete -- $words[2..] "$current" 2>/dev/null)
            switch $line
                case :files
                    set -l head (string match -r -- '^.*=@|^--[^=]*=' $current)
                    set -l typed (string sub -s (math 1 + (string length -- "$head")) -- $current)
                    for path in (__fish_complete_path "$typed")
                        echo -- "$head$path"
                    end
                case :directories
                    __fish_complete_directories "$current"
                case '*'
                    echo -- $line
            end
        end
    end

    complete -c r -f -a '(__r_complete)'

    """#
}
