import Glibc
import Logging
import Testing

@testable import PeerNode

@Suite struct LogFormatTests {
  private func event(
    _ level: Logger.Level, _ message: Logger.Message, error: (any Error)? = nil, _ metadata: Logger.Metadata? = nil
  ) -> LogEvent {
    LogEvent(
      level: level, message: message, error: error, metadata: metadata, source: "PeerNode",
      file: "PeerNode/Peers.swift", function: "approve()", line: 42)
  }

  private func line(_ event: LogEvent) -> String {
    StderrLogHandler.line(label: "Peers", event: event, metadata: event.metadata ?? [:], seconds: 1_795_572_942)
  }

  @Test func oneLineForPeople() {
    #expect(
      line(event(.info, "peer approved", ["peer_id": "peer-abcd", "level": "basic"]))
        == "2026-11-25T02:15:42Z info  Peers: peer approved level=basic peer_id=peer-abcd")
    #expect(line(event(.warning, "slow")) == "2026-11-25T02:15:42Z warn  Peers: slow")
  }

  @Test(
    arguments: zip(
      [Logger.Level.trace, .debug, .info, .notice, .warning, .error, .critical],
      ["trace", "debug", "info ", "note ", "warn ", "error", "crit "]))
  func levelsLineUp(_ level: Logger.Level, _ name: String) {
    #expect(line(event(level, "m")) == "2026-11-25T02:15:42Z \(name) Peers: m")
  }

  @Test(arguments: [
    ("plain", "plain"), ("a/b:c,d", "a/b:c,d"), ("büro", "büro"), ("", "\"\""), ("two words", "\"two words\""),
    ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""), ("c:\\x", "\"c:\\\\x\""), ("a\nb", "\"a\\nb\""),
    ("\u{1B}[31m", "\"\\u{1b}[31m\""), ("\u{202E}abc", "\"\\u{202e}abc\""), ("\u{2028}", "\"\\u{2028}\""),
  ])
  func valuesCannotPoseAsSomethingElse(_ value: String, _ shown: String) {
    #expect(LogText.quoted(value) == shown)
  }

  @Test func aMessageStaysOnItsLine() {
    #expect(line(event(.info, "a\nb\u{7}")).hasSuffix("Peers: a\\nb\\u{7}"))
  }

  @Test func structuredValues() {
    #expect(
      LogText.sentence("m", ["list": ["a", "b"], "number": "\(7)"]).hasPrefix(
        "m list=\"[\\\"a\\\", \\\"b\\\"]\" number=7"))
  }

  @Test func whatTheEventSaysWins() {
    let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
    let merged = LogText.merged(
      event(.info, "m", error: Failure(), ["a": "event"]), own: ["a": "own", "b": "own", "c": "own"], provider: provider
    )
    #expect(merged == ["a": "event", "b": "provider", "c": "own", "error": "it broke"])
  }

  private struct Failure: Error, CustomStringConvertible {
    var description: String { "it broke" }
  }

  @Test func theFieldsOfAJournalEntry() {
    let event = event(.error, "task failed", ["peer_id": "peer-abcd", "request": "r 1"])
    let fields = JournalFields.fields(label: "Tasks", event: event, metadata: event.metadata ?? [:])
    #expect(
      fields.map { "\($0.name)=\($0.value)" } == [
        "MESSAGE=task failed peer_id=peer-abcd request=\"r 1\"", "PRIORITY=3", "SYSLOG_IDENTIFIER=rd", "LOGGER=Tasks",
        "CODE_FILE=PeerNode/Peers.swift", "CODE_LINE=42", "CODE_FUNC=approve()", "PEER_ID=peer-abcd", "REQUEST_ID=r 1",
      ])
  }

  @Test(
    arguments: [
      ("peer_id", "PEER_ID"), ("task_id", "TASK_ID"), ("request", "REQUEST_ID"), ("hb.request.id", "REQUEST_ID"),
      ("__cursor", "CURSOR"), ("a-b c", "A_B_C"), ("é", nil), ("", nil), ("_", nil), ("1st", "RD_1ST"),
      ("message", "RD_MESSAGE"), ("priority", "RD_PRIORITY"),
      (String(repeating: "k", count: 80), String(repeating: "K", count: 64)),
    ] as [(String, String?)])
  func fieldNames(_ key: String, _ name: String?) {
    #expect(JournalFields.name(of: key) == name)
  }

  @Test func priorities() {
    let levels: [Logger.Level] = [.trace, .debug, .info, .notice, .warning, .error, .critical]
    #expect(levels.map(JournalFields.priority(of:)) == [7, 7, 6, 5, 4, 3, 2])
  }

  @Test func theJournalIsKnownByTheStreamItself() throws {
    var status = stat()
    try #require(fstat(STDERR_FILENO, &status) == 0)
    #expect(LoggingSetup.stderrIsJournal("\(status.st_dev):\(status.st_ino)"))
    #expect(!LoggingSetup.stderrIsJournal("\(status.st_dev):\(status.st_ino + 1)"))
    #expect(!LoggingSetup.stderrIsJournal(""))
    #expect(!LoggingSetup.stderrIsJournal(nil))
    #expect(!LoggingSetup.stderrIsJournal("1:1", descriptor: -1))
  }
}
