import PeerModel

/// The commands that a diagnosis prints, as this daemon is run.
struct Advice: Sendable {
  /// How the daemon was started, which decides how it is reloaded and started again.
  enum Start: Hashable, Sendable {
    case systemUnit
    case userUnit
    /// In a terminal or by a script.
    case foreground(pid: Int)
  }
  var start: Start
  var configurationPath: String

  /// Makes a changed configuration count.
  var reload: String {
    switch start {
    case .systemUnit: "systemctl reload rd"
    case .userUnit: "systemctl --user reload rd"
    case .foreground(let pid): "kill -HUP \(pid)"
    }
  }

  /// Starts the daemon again; in the foreground it is ended, and starting it is the owner's.
  var restart: String {
    switch start {
    case .systemUnit: "systemctl restart rd"
    case .userUnit: "systemctl --user restart rd"
    case .foreground(let pid): "kill \(pid)"
    }
  }

  /// Shows a setting in force.
  static func show(_ key: String) -> String { "r config | grep \(key.split(separator: ".").last ?? "")" }

  /// What to write where, and how to make it count.
  func change(_ key: String, to value: String, restarting: Bool = false) -> String {
    let command = restarting ? restart : reload
    let again = if restarting, case .foreground = start { ", and start rd again" } else { "" }
    return "set \(key) to \(value) in \(configurationPath), then: \(command)\(again)"
  }
}

/// Words as a shell takes them.
enum ShellText {
  static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || Array("@%+=:,./-_".utf8).contains(byte)
    }
    if plain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// A path of a node's API as a word for curl; a zone of IPv6 is escaped (RFC 6874).
  static func url(_ address: PeerAddress, _ path: String) -> String {
    let parts = address.host.split(separator: "%", maxSplits: 1)
    let host = parts.count == 2 ? "\(parts[0])%25\(parts[1])" : address.host
    return quoted("https://\(PeerAddress(host: host, port: address.port))\(path)")
  }
}

/// Spans as people say them.
enum SpanText {
  static func seconds(_ seconds: Double) -> String {
    switch seconds {
    case ..<1: "\(Int((seconds * 1000).rounded())) ms"
    case ..<120: "\(Int(seconds.rounded())) s"
    case ..<7200: "\(Int((seconds / 60).rounded())) min"
    case ..<172_800: "\(Int((seconds / 3600).rounded())) h"
    default: "\(Int((seconds / 86400).rounded())) d"
    }
  }

  static func milliseconds(_ value: Double) -> String { "\((value * 10).rounded() / 10) ms" }
}
