package import LocalAPI
package import PeerModel

/// One thing that this node does for a caller, written once: every door is a projection of these.
package struct Operation: Sendable {
  /// Who can ask for it.
  package enum Audience: Sendable {
    /// The owner: local socket, loopback HTTP, and a peer at level full in the owner's place.
    case owner
    /// Peers with a token, over HTTPS.
    case peers
  }

  /// Where the HTTP API has it.
  package struct Route: Hashable, Sendable {
    package enum Verb: String, Sendable { case get = "GET", post = "POST", delete = "DELETE" }
    package var verb: Verb
    /// `{name}` stands for a parameter.
    package var path: String
  }

  package let name: String
  package let summary: String
  package let permission: Permission
  package let audience: Audience
  package let parameters: Schema
  package let result: Schema
  package let route: Route?
  package let audit: Audit
  /// Where it is recorded what becomes of it; see ``recorded(by:)``.
  private var recorder: AuditRecorder?
  private let handler: @Sendable (JSONValue, Context) async throws -> Result

  /// What an operation knows of the request beside its parameters.
  package struct Context: Sendable {
    package var caller: Caller
    /// Where a caller over HTTP calls from, without port.
    package var address: String?
    /// The files that the parameters refer to, read once.
    package var files: FileChunks?
    /// The caller would rather not wait for the end (`Prefer: respond-async`, RFC 7240, section 4.1).
    package var prefersAsync = false
    /// Reports a step of a long operation; does nothing where the door cannot show it.
    package var progress: @Sendable (JSONValue) async throws -> Void

    package init(
      caller: Caller, address: String? = nil, files: FileChunks? = nil,
      progress: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
    ) {
      self.caller = caller
      self.address = address
      self.files = files
      self.progress = progress
    }
  }

  package struct Result: Sendable {
    package var value: JSONValue
    package var files: FileChunks?
    /// A file that is the answer, at doors that can give one piece of it.
    var content: Content?
    /// What the door does when the answer has been sent, or cannot be.
    package var afterwards: (@Sendable () -> Void)?
    /// Where the outcome will be, as a path, when it is not there yet: the work goes on without the caller.
    package var pending: String?
    /// Events that make up the answer instead of the value, for a door that can send them one by one.
    package var events: AsyncStream<JSONValue>?
    package init(_ value: JSONValue, files: FileChunks? = nil, afterwards: (@Sendable () -> Void)? = nil) {
      self.value = value
      self.files = files
      self.afterwards = afterwards
    }
    init(_ value: JSONValue, content: Content) {
      self.value = value
      self.content = content
    }
  }

  /// A file, and the hexadecimal SHA-256 of its bytes.
  struct Content: Sendable {
    var file: SpooledFile
    var hash: String
  }

  /// An operation whose result is JSON only.
  package init<M: Method>(
    _ method: M.Type, _ permission: Permission, _ route: Route? = nil, audience: Audience = .owner,
    audit: Audit? = nil, _ handler: @escaping @Sendable (M.Parameters, Context) async throws -> M.Result
  ) {
    self.init(
      method, permission, route, audience: audience, audit: audit,
      withFiles: { parameters, context in
        Result(try await handler(parameters, context).json)
      })
  }

  /// An operation whose result may carry files.
  package init<M: Method>(
    _ method: M.Type, _ permission: Permission, _ route: Route? = nil, audience: Audience = .owner,
    audit: Audit? = nil, withFiles handler: @escaping @Sendable (M.Parameters, Context) async throws -> Result
  ) {
    name = M.name
    summary = M.summary
    self.permission = permission
    self.audience = audience
    self.audit = audit ?? (permission == .view ? .look : .change)
    parameters = M.parameters
    result = M.result
    self.route = route
    self.handler = { json, context in try await handler(try M.Parameters(json: json), context) }
  }

  /// The same operation, of which nothing happens unrecorded.
  func recorded(by recorder: AuditRecorder) -> Operation {
    var operation = self
    operation.recorder = recorder
    return operation
  }

  /// Authorises, validates, runs and records: the only way in.
  /// - Throws: ``NodeError``; anything unexpected is for the door to log and hide.
  package func perform(_ parameters: JSONValue, _ context: Context) async throws -> Result {
    guard let recorder else { return try await run(parameters, context) {} }
    return try await recorder.record(self, parameters, context) { try await run(parameters, context, $0) }
  }

  /// Authorises alone, for a door that would rather not read what somebody sends who may not send it.
  /// - Throws: the same refusal as ``perform(_:_:)``, and recorded like it.
  func admit(_ caller: Caller) throws(NodeError) {
    do { try caller.authorize(permission) } catch {
      recorder?.noteRefusal(of: self, by: caller, error)
      throw error
    }
  }

  private func run(
    _ parameters: JSONValue, _ context: Context, _ starting: @Sendable () -> Void
  ) async throws -> Result {
    try context.caller.authorize(permission)
    try self.parameters.validate(parameters)
    starting()
    return try await handler(parameters, context)
  }
}

extension Operation.Route {
  package static func get(_ path: String) -> Self { .init(verb: .get, path: path) }
  package static func post(_ path: String) -> Self { .init(verb: .post, path: path) }
  package static func delete(_ path: String) -> Self { .init(verb: .delete, path: path) }
}
