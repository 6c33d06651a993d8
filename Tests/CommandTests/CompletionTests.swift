import Foundation
import Glibc
import PeerModel
import Testing

/// What Tab offers, in the shells and out of them.
struct CompletionTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private static let skills = #"""
    {"skills":[{"name":"text","description":"Text","tools":[{"name":"word_count","description":"Count","input_schema":
    {"type":"object","properties":{"file":{"type":"object","format":"file","description":"A file"},"unit":{"type":"string",
    "enum":["words","lines"],"description":"What"},"text":{"type":"string","description":"The text"}}}}]}]}
    """#
  private static let peers = #"""
    {"peers":[{"peer_id":"peer-abcdefghabcdefghabcdefghabcdefgh","name":"office-mac","host":"h","port":1,"status":
    "approved","trust":"basic"},{"peer_id":"peer-zyxwvutszyxwvutszyxwvutszyxwvuts","name":"new box","host":"h","port":1,
    "status":"pending","trust":"pending"},{"peer_id":"peer-22222222222222222222222222222222","name":"\u001b[31m","host":"h",
    "port":1,"status":"pending","trust":"pending"}]}
    """#

  private static let servers = #"""
    {"servers":[{"name":"git","state":"ready","tools":["git_log"],"restarts":0}]}
    """#

  private func daemon() throws -> FakeDaemon {
    try FakeDaemon(at: sandbox.socket) { connection in
      while true {
        let request = try connection.message()
        let answer =
          switch request["method"] {
          case "p2p.list_peers": Self.peers
          case "mcp.list": Self.servers
          default: Self.skills
          }
        try connection.reply(to: request, try JSONParser.parse(answer))
      }
    }
  }

  /// Holds the lock that a running daemon holds, until the descriptor is closed.
  private func holdLock() -> Int32 {
    let descriptor = open(sandbox.socket + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    let setOpenFileLock: Int32 = 37
    #expect(fcntl(descriptor, setOpenFileLock, &lock) == 0)
    return descriptor
  }

  private func words(_ line: String) throws -> [String] {
    let outcome = try sandbox.run("r __complete -- \(line)")
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    return outcome.output.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
  }

  @Test(
    "By the syntaxes alone",
    arguments: [
      ("st", ["status"]), ("peers ''", ["add", "show"]), ("--js", ["--json"]), ("--json pend", ["pending"]),
      ("approve x --t", ["--trust"]), ("approve x --trust ''", ["basic", "trusted", "full"]),
      ("approve x --trust=f", ["--trust=full"]), ("trust x t", ["trusted"]),
      ("completion ''", ["bash", "zsh", "fish"]),
      ("help peers a", ["add"]), ("mcp r", ["restart"]), ("ident", ["identity"]), ("identity ''", ["show", "rotate"]),
      ("call --output ''", [":files"]), ("serve --state-dir ''", [":directories"]),
      ("serve --log-level w", ["warning"]), ("nonsense ''", []), ("status ''", []), ("peers show a b", []),
      ("pending --watch --wat", []), ("peers --status b", ["blocked"]), ("__comp", []),
    ])
  func syntax(_ line: String, _ expected: [String]) throws {
    #expect(try words(line) == expected)
  }

  @Test(
    "From the running daemon",
    arguments: [
      ("peers show off", ["office-mac"]), ("peers show new", ["new box"]),
      ("peers show peer-a", ["peer-abcdefghabcdefghabcdefghabcdefgh"]), ("approve ''", ["new box"]),
      ("skills show ''", ["text"]), ("skills show text.", ["text.word_count"]), ("find t", ["text"]),
      ("call ''", ["office-mac", "new box", "text.word_count"]),
      ("call text.word_count ''", ["file=@", "text=", "unit="]),
      ("call text.word_count text=a ''", ["file=@", "unit="]),
      ("call text.word_count unit=", ["unit=words", "unit=lines"]),
      ("call text.word_count file=@a", [":files"]), ("call office-mac t", ["text.word_count"]),
      ("call office-mac text.word_count te", ["text="]), ("can office-mac text.w", ["text.word_count"]),
      ("mcp restart ''", ["git"]),
      ("call --any t", ["text.word_count"]), ("call --any text.word_count te", ["text="]),
      ("skills accept office-mac t", ["text.word_count"]), ("skills diff off", ["office-mac"]),
    ])
  func live(_ line: String, _ expected: [String]) throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    let lock = holdLock()
    defer { close(lock) }
    #expect(try words(line) == expected)
  }

  @Test("A daemon that does not run is not started: its socket is not even touched")
  func doesNotStart() throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    #expect(try words("peers show ''") == [])
    close(holdLock())
    #expect(try words("peers show ''") == [])
    #expect(daemon.connections == 0)
  }

  @Test("A daemon that hangs costs no more than 200 ms")
  func hangs() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { $0.drain() }
    defer { daemon.stop() }
    let lock = holdLock()
    defer { close(lock) }
    let start = Date()
    #expect(try words("call ''") == [])
    #expect(Date().timeIntervalSince(start) < 0.6, "the limit and the start of two processes on a busy machine")
  }

  @Test("The scripts are the ones in the program", arguments: ["bash", "zsh", "fish"])
  func scripts(_ shell: String) throws {
    let file = Sandbox.package.appending(path: "completions/r.\(shell)")
    #expect(try sandbox.run("r completion \(shell)").output == String(contentsOf: file, encoding: .utf8))
  }

  @Test(
    "bash puts together what it cut apart, and quotes what it inserts",
    arguments: [
      ("r st", ["st"], ["status"]), ("r peers show ", ["peers", "show", ""], ["office-mac", #"new\ box"#]),
      ("r call text.word_count unit=", ["call", "text.word_count", "unit", "="], ["words", "lines"]),
      ("r call text.word_count unit=w", ["call", "text.word_count", "unit", "=", "w"], ["words"]),
      ("r approve x --trust=f", ["approve", "x", "--trust", "=", "f"], ["full"]),
      ("r call text.word_count file=@te", ["call", "text.word_count", "file", "=@", "te"], ["@test.bash"]),
      ("r call --output=te", ["call", "--output", "=", "te"], ["test.bash"]),
    ])
  func bash(_ line: String, _ cut: [String], _ expected: [String]) throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    let lock = holdLock()
    defer { close(lock) }
    let script = """
      source <(r completion bash)
      COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
      COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count) COMP_CWORD=\(cut.count)
      COMP_WORDS=(r \(cut.map { "'\($0)'" }.joined(separator: " ")))
      _r && printf '%s\\n' "${COMPREPLY[@]}"
      """
    try sandbox.write(Data(script.utf8), to: "test.bash")
    let outcome = try sandbox.run("bash test.bash")
    #expect(outcome.output.split(separator: "\n").map(String.init) == expected, "\(outcome.errors)")
  }
}
