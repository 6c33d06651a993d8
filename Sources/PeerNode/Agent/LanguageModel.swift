import AsyncHTTPClient
import Glibc
import Logging
import NIOCore
import NIOPosix
package import PeerModel

/// The language model that the configuration names, behind the chat completions API.
package struct LanguageModel: Sendable {
  /// Longest answer that is read, bytes.
  static let maximumReply = 4 << 20

  let settings: Configuration.LLM

  /// The model of these settings.
  /// - Throws: ``NodeError`` `agent_unavailable` when they name none.
  package init(_ settings: Configuration.LLM) throws(NodeError) {
    guard !settings.baseURL.isEmpty else {
      throw NodeError(
        .agentUnavailable, "this node has no language model, so it does no tasks",
        hint: "set llm.base_url and llm.model in its configuration")
    }
    self.settings = settings
  }

  /// What the model answers to a conversation.
  /// - Throws: ``NodeError`` `agent_unavailable` when it cannot be reached or refuses, `task_failed` for an answer that
  ///   cannot be used, `timed_out`; `CancellationError`.
  package func reply(to conversation: [ChatMessage], tools: [ChatTool]) async throws -> ChatMessage {
    var body: [String: JSONValue] = ["messages": .array(conversation.map(\.json)), "stream": false]
    if !settings.model.isEmpty { body["model"] = .string(settings.model) }
    if !tools.isEmpty { body["tools"] = .array(tools.map(\.json)) }
    var request = HTTPClientRequest(url: endpoint)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: MediaType.json)
    if let key = try key() { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    request.body = .bytes(ByteBuffer(bytes: JSONValue.object(body).bytes))
    return try ChatMessage(completion: try await answer(to: request))
  }

  private var endpoint: String {
    settings.baseURL + (settings.baseURL.hasSuffix("/") ? "" : "/") + "chat/completions"
  }

  /// The secret, which is read anew each time and kept nowhere.
  private func key() throws(NodeError) -> String? {
    guard !settings.keyVariable.isEmpty else { return nil }
    guard let value = getenv(settings.keyVariable), value[0] != 0 else {
      throw NodeError(
        .agentUnavailable, "the environment variable of the language model's key is not set",
        hint: "systemctl edit rd, and add Environment=\(settings.keyVariable)=… under [Service]")
    }
    return String(cString: value)
  }

  private func answer(to request: HTTPClientRequest) async throws -> JSONValue {
    let limit = settings.timeout
    return try await Deadline.run(until: .now + limit, what: "the language model", after: limit) {
      let response: HTTPClientResponse
      let bytes: ByteBuffer
      do {
        response = try await Self.client.execute(request, timeout: .nanoseconds(Int64(limit.milliseconds * 1_000_000)))
        bytes = try await response.body.collect(upTo: Self.maximumReply)
      } catch {
        try Task.checkCancellation()
        if error is NIOTooManyBytesError {
          throw NodeError(.taskFailed, "the language model's answer is longer than \(Self.maximumReply) bytes")
        }
        Self.logger.warning("the language model cannot be reached", metadata: ["error": "\(error)"])
        throw NodeError(.agentUnavailable, "the language model of this node cannot be reached", retryAfter: 30)
      }
      guard let json = try? JSONParser.parse(bytes.readableBytesView) else {
        throw NodeError(.taskFailed, "the language model's answer is not JSON (status \(response.status.code))")
      }
      guard response.status == .ok else {
        // Its own words may carry a part of the key or an account's name: they are for the log.
        Self.logger.warning(
          "the language model refused",
          metadata: ["status": "\(response.status.code)", "error": "\(json.text.prefix(500))"])
        throw NodeError(
          .agentUnavailable, "the language model of this node refused (status \(response.status.code))", retryAfter: 30)
      }
      return json
    }
  }

  private static let logger = Logger(label: "Agent")

  /// Never shut down: it lives as long as the process.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
    configuration.httpVersion = .http1Only
    configuration.timeout.connect = .seconds(10)
    return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
  }()
}
