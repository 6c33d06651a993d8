internal import Glibc
internal import LocalAPI
internal import PeerModel

/// Puts the files of a result where they belong, and the rest on stdout.
struct ResultReceiver {
  var destination: ResultFiles.Destination
  var output: Output

  /// - Parameter json: the whole answer, as `--json` shows it.
  func receive(
    _ result: SkillResult, _ json: JSONValue, of request: RequestID, from client: LocalClient
  ) throws(NodeError) {
    let files = try ResultFiles(in: result.result)
    if files.references.isEmpty, output.format != .json, let path = destination.output, path != "-" {
      return try write(ResultPrinter.bytes(of: result.result), to: path)
    }
    if let (number, size) = streamed(files, result.result) {
      let sink = StreamOutput(descriptor: STDOUT_FILENO, expectedSize: size)
      return try client.receiveStreams(of: request, into: [number: sink])
    }
    let made = try files.create(at: destination)
    try client.receiveStreams(of: request, into: made)
    if output.format == .json { return output.json(ResultFiles.placed(json, made)) }
    for (_, file) in made.sorted(by: { $0.key < $1.key }) { report(file) }
    let isFile = result.result["$stream"] != nil
    if !isFile { ResultPrinter.show(ResultFiles.placed(result.result, made), output) }
  }

  /// The stream that goes to stdout: the whole result is one file, and is text or was asked for.
  private func streamed(_ files: ResultFiles, _ result: JSONValue) -> (number: Int, size: Int?)? {
    guard output.format != .json, let (number, reference) = files.references.first, result["$stream"] != nil else {
      return nil
    }
    let isText = reference.mediaType?.hasPrefix("text/") ?? false
    let isWanted = destination.output == "-" || (destination.output == nil && isText)
    return isWanted ? (number, reference.size) : nil
  }

  private func write(_ bytes: [UInt8], to path: String) throws(NodeError) {
    let name = destination.folder.map { $0 + "/result" } ?? path
    let file = try ResultFiles.file(at: name, replaces: destination.replaces)
    let written = bytes.withUnsafeBytes { buffer in
      Result { () throws(NodeError) in try file.write(buffer) }
    }
    try written.get()
    try file.finish()
    report(file)
  }

  private func report(_ file: OutputFile) {
    if output.format == .ids { return output.line(file.path) }
    output.note("wrote \(file.path) (\(TimeText.size(file.size)))")
  }
}
