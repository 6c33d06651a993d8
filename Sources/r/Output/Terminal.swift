internal import Glibc

/// What stands at the other end of a standard stream.
struct Terminal {
  let isTerminal: Bool
  let usesColor: Bool

  init(descriptor: Int32) {
    isTerminal = isatty(descriptor) == 1
    usesColor = isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
  }
}

/// How a piece of text stands out where colour can be shown.
enum Style: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"

  func applied(to text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
