internal import Glibc
internal import PeerModel

/// The process that opens one SQLite file for one statement, so that a file made to break SQLite breaks nothing else:
/// it reads a request from its standard input, and writes the result to its standard output.
package enum SQLiteWorker {
  /// The word that turns `rd` into this process.
  package static let option = "--sqlite-worker"
  /// Bytes of a request: a statement with its parameters, as JSON.
  private static let requestBytes = 8 << 20

  /// Serves one request. The program's exit status is success whether or not the statement was.
  package static func serve() {
    let answer: JSONValue
    do throws(NodeError) {
      answer = try run(try read()).json
    } catch {
      answer = ["error": error.rpcObject]
    }
    let bytes = answer.bytes
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      written += count
    }
  }

  private static func run(_ request: SQLiteRequest) throws(NodeError) -> SQLResult {
    try request.statement.check()
    let file = try SQLiteFile(
      path: request.path, writes: request.statement.writes, timeout: request.statement.timeout,
      limit: request.resultBytes)
    return try file.run(request.statement, limit: request.resultBytes)
  }

  private static func read() throws(NodeError) -> SQLiteRequest {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += chunk[..<count]
      guard bytes.count <= requestBytes else { throw NodeError(.tooLarge, "the request is too large") }
    }
    guard let json = try? JSONParser.parse(bytes) else { throw NodeError(.malformed, "the request is not JSON") }
    return try SQLiteRequest(json: json)
  }

  /// The absolute path of `rd`: the running program, or the one beside it.
  static let program: String? = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let own = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard let slash = own.lastIndex(of: "/") else { return nil }
    return own[..<slash] + "/rd"
  }()
}
