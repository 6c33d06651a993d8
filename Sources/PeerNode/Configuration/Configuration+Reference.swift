import PeerModel

extension Configuration {
  /// The reference page of the configuration file in Markdown, made from ``ConfigurationKey/table``.
  package static var referencePage: String {
    """
    # Configuration

    Every setting of `rd`, its default, and when a change of it counts.

    ## The file

    `rd` reads one YAML file: the one that `--config` names, else `$R_CLI_CONFIG`, else `~/.r-cli/config.yaml` when it
    runs as a login user, else `/etc/r-cli/config.yaml`. A missing file means the defaults, unless `--config` names it.
    A key that is left out, or that has nothing after it, keeps its default. An option of `rd` beats the file.

    `rd --check-config` reads the file, reports what is wrong with it and ends. A file with a mistake is not used at all:
    `rd` does not start with it, and keeps its settings when the file is reloaded. The report names the place and, where
    it can be guessed, what was meant:

    ```
    \(exampleFault)
    ```

    `systemctl reload rd` (or SIGHUP) reads the file again. Peer sessions stay.

    ## Keys

    | Key | Values | Default | Meaning | A change counts at | Since |
    |---|---|---|---|---|---|
    \(ConfigurationKey.table.flatMap(\.rows).joined(separator: "\n"))

    Times are whole seconds or a number with `s`, `m`, `h` or `d`, such as `90`, `15m` or `2h`. Only `true` and `false` are
    switches; `yes` and `on` are refused. Anchors, aliases and tags of YAML are not used. A file may hold up to 1 MiB.

    ## The defaults as a file

    ```yaml
    \(defaultFile)
    ```

    """
  }

  /// A file that says what the defaults are, apart from the name, which depends on the machine.
  static var defaultFile: String {
    var lines = ["# name: office-mac"]
    var open: [String] = []
    for key in ConfigurationKey.table where key.path != "name" {
      let sections = Array(key.steps.dropLast())
      let common = zip(open, sections).prefix { $0 == $1 }.count
      for depth in common..<sections.count { lines.append(indent(depth) + "\(sections[depth]):") }
      open = sections
      let name = key.steps.last ?? key.path
      lines.append(indent(sections.count) + "\(name): \(key.json(in: Configuration()).fileText)")
    }
    return lines.joined(separator: "\n")
  }

  private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

  /// What a typing mistake leads to, from the parser itself.
  private static var exampleFault: String {
    do {
      _ = try parse(text: "p2p:\n  listen_prot: 8765\n", file: "/etc/r-cli/config.yaml")
      return ""
    } catch {
      return error.message
    }
  }
}

extension ConfigurationKey {
  /// The rows of the key, and of the keys of a section whose name stands for any.
  fileprivate var rows: [String] {
    guard case .sections(let sections) = kind else { return [row] }
    return [row] + sections.keys("NAME").map(\.row)
  }

  /// The key's row in the reference page.
  fileprivate var row: String {
    let value = path == "name" ? "the first label of the host name" : "`\(json(in: Configuration()).fileText)`"
    let when = effect == .reload ? "reload" : "restart"
    return "| `\(path)` | \(expectation) | \(value) | \(meaning) | \(when) | \(since) |"
  }
}

extension JSONValue {
  /// The value as the file spells it; plain words stand without quotes.
  fileprivate var fileText: String {
    guard case .string(let text) = self, !text.isEmpty else { return self.text }
    return text
  }
}
