internal import Glibc
internal import PeerModel

/// The two streams of a run: results on stdout, everything else on stderr. Whatever comes through here as text is made
/// safe first, so no command can forget to.
struct Output {
  enum Format {
    /// For people.
    case text
    case json
    /// Ids only.
    case ids
  }

  let format: Format
  let results = Terminal(descriptor: STDOUT_FILENO)
  let messages = Terminal(descriptor: STDERR_FILENO)

  init(format: Format) { self.format = format }

  // MARK: Results

  /// One line of a result.
  func line(_ text: String, _ style: Style? = nil) {
    raw(paint(SafeText.line(text), style) + "\n")
  }

  /// Lines of our own making, such as a help text.
  func block(_ text: String) { raw(text) }

  /// One object. In people's hands it is indented.
  func json(_ value: JSONValue) {
    raw((results.isTerminal ? SafeText.block(value.indentedText) : value.text) + "\n")
  }

  /// One object of a stream, on one line.
  func jsonLine(_ value: JSONValue) {
    raw((results.isTerminal ? SafeText.line(value.text) : value.text) + "\n")
  }

  /// A label and a value a line, the values aligned.
  func fields(_ fields: [(String, String)]) {
    let width = fields.map { SafeText.width($0.0) }.max() ?? 0
    for (label, value) in fields {
      let padding = String(repeating: " ", count: width - SafeText.width(label) + 2)
      raw(paint(label + padding, .dim) + SafeText.line(value) + "\n")
    }
  }

  func table(_ table: Table) { raw(table.text(paint: paint)) }

  func paint(_ text: String, _ style: Style?) -> String {
    guard let style, results.usesColor, !text.isEmpty else { return text }
    return style.applied(to: text)
  }

  private func raw(_ text: String) {
    var text = text
    text.withUTF8 { Output.write(UnsafeRawBufferPointer($0), to: STDOUT_FILENO) }
  }

  // MARK: Messages

  /// A remark for people, on stderr.
  func note(_ text: String, _ style: Style? = nil) {
    let prefix = "r: " + SafeText.line(text)
    message((style.map { messages.usesColor ? $0.applied(to: prefix) : prefix } ?? prefix) + "\n")
  }

  /// A line of what a question is about, on stderr.
  func remark(_ text: String, _ style: Style? = nil) {
    let line = SafeText.line(text)
    message((style.map { messages.usesColor ? $0.applied(to: line) : line } ?? line) + "\n")
  }

  /// A command that can be pasted, on stderr.
  func hint(_ command: String) { note("hint: " + command, .dim) }

  /// Lines of our own making that are no result.
  func notice(_ text: String) { message(text) }

  /// Text that leaves the cursor behind it: a question.
  func ask(_ text: String) { message("r: " + SafeText.line(text)) }

  private func message(_ text: String) {
    var text = text
    text.withUTF8 { Output.write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  /// Writes all of the bytes. A reader of our results that went away ends the run without a word, as SIGPIPE would.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waited, 1, -1)
      } else if errno != EINTR || Interrupts.exitStatus != nil {
        end(descriptor, errno)
        // Nobody reads our remarks: the exit status still says what came of it.
        return
      }
    }
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    bytes.withUnsafeBytes { write($0, to: descriptor) }
  }

  private static func end(_ descriptor: Int32, _ code: Int32) {
    if let status = Interrupts.exitStatus { exit(status) }
    guard descriptor == STDOUT_FILENO else { return }
    if code == EPIPE { exit(128 + SIGPIPE) }
    let text = "r: cannot write the result: \(String(cString: strerror(code)))\n"
    _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    exit(1)
  }
}
