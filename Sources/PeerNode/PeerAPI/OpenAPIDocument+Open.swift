import PeerModel

/// The endpoints that are no operations: open to everybody.
extension OpenAPIDocument {
  static var openPaths: [String: JSONValue] {
    [
      "/health": ["get": open("health", "Tell that the node is alive.", health)],
      "/v1/p2p/info": ["get": open("info", "Tell who this node is and which protocol it speaks.", info)],
      "/openapi.json": [
        "get": open("openapi", "Describe this API.", .object([:], "An OpenAPI 3.1 document.", open: true))
      ],
      "/v1/p2p/auth/handshake": ["post": handshake],
      "/v1/p2p/operations/{operation}": ["post": byName],
    ]
  }

  private static let health = Schema.object(["status": .enumeration(["ok"], "It is.")], required: ["status"])
  private static let info = Schema.object([
    "name": .string("The name it goes by."), "peer_id": .string("Its identity."),
    "version": .string("Software version."), "protocol": .string("Protocol version, MAJOR.MINOR."),
    "capabilities": .array(of: .string("A capability."), "Protocol features it has."),
    "fingerprint": .string("SHA-256 of its public key."),
    "rotations": .array(of: .object([:], "A signed statement.", open: true), "How it came to its key, newest first."),
    "time": .number("Its clock, seconds since 1970."),
  ]).whole

  private static func open(_ id: String, _ summary: String, _ result: Schema) -> JSONValue {
    [
      "operationId": .string(id), "summary": .string(summary), "security": [[:]],
      "responses": responses(
        ["200": ["description": "Done.", "content": [MediaType.json: ["schema": result.json]]]],
        failing: [400, 403, 415, 500]),
    ]
  }

  private static var handshake: JSONValue {
    func answer(_ description: String, _ forms: [Schema]) -> JSONValue {
      let schema: JSONValue = forms.count == 1 ? forms[0].json : ["oneOf": .array(forms.map(\.json))]
      return ["description": .string(description), "content": [MediaType.json: ["schema": schema]]]
    }
    return [
      "operationId": "handshake",
      "summary": "Initial authentication: hello, then proof; with a code, join, then invitation.", "security": [[:]],
      "requestBody": [
        "required": true,
        "content": [MediaType.json: ["schema": ["oneOf": .array([hello, proof, join, invitation].map(\.json))]]],
      ],
      "responses": responses(
        [
          "200": answer("What comes next, or a token.", [challenge, authenticated, invited, joined]),
          "202": answer("The owner has not decided yet.", [pending]),
        ], failing: [400, 401, 403, 409, 413, 415, 422, 429, 500, 503, 504, 507]),
    ]
  }

  /// The door of remote administration: what it takes and gives is the operation's (`rpc.discover`).
  private static var byName: JSONValue {
    [
      "operationId": "performByName",
      "summary": "Perform an operation of the owner by its name; not those for the owner at the machine alone.",
      "security": [[:], ["token": []]],
      "parameters": [
        [
          "name": "operation", "in": "path", "required": true,
          "schema": ["type": "string", "minLength": 1, "description": "The name of a method of the local API."],
        ]
      ],
      "requestBody": [
        "required": false, "content": [MediaType.json: ["schema": ["type": "object"]]],
      ],
      "responses": responses(
        ["200": ["description": "Done.", "content": [MediaType.json: ["schema": [:]]]]],
        failing: [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504, 507]),
    ]
  }

  private static func bytes(_ count: Int, _ description: String) -> Schema {
    .string("\(description) \(count) bytes, base64.", maximumLength: (count + 2) / 3 * 4)
  }
  private static func hello(_ step: String, _ description: String) -> Schema {
    Schema.object([
      "step": .enumeration([step], description), "version": .string("Protocol version, MAJOR.MINOR."),
      "peer_id": .string("The caller's identity."), "name": .string("The name it goes by.", maximumLength: 63),
      "port": .integer("Where its own peer API listens.", minimum: 0, maximum: 65535),
      "public_key": bytes(91, "SubjectPublicKeyInfo."), "nonce": bytes(32, "Random."),
      "signature": bytes(64, "Over all."),
    ]).whole
  }
  private static func proof(_ step: String, _ description: String) -> Schema {
    Schema.object([
      "step": .enumeration([step], description), "session": .string("From the answer to the first message."),
      "proof": bytes(32, "HMAC."),
    ]).whole
  }
  private static let hello = hello("hello", "The first message.")
  private static let proof = proof("proof", "The second message.")
  private static let join = hello("join", "The first message of who has a code.")
  private static let invitation = proof("invitation", "The second message of who has a code.")

  private static func introduction(_ status: String, _ more: [String: Schema] = [:]) -> Schema {
    let members: [String: Schema] = [
      "status": .enumeration([status], "What comes next."), "version": .string("Protocol version."),
      "peer_id": .string("This node's identity."), "name": .string("Its name."),
      "public_key": bytes(91, "SubjectPublicKeyInfo."),
    ]
    return Schema.object(members.merging(more) { $1 }).whole
  }
  private static let pending = introduction("pending")
  private static let challenge = introduction(
    "challenge",
    [
      "session": .string("Names the exchange, good once within 30 seconds."), "nonce": bytes(32, "Random."),
      "proof": bytes(32, "HMAC."),
    ])
  private static let authenticated = Schema.object([
    "status": .enumeration(["authenticated"], "What comes next."), "token": .string("For Authorization: Bearer."),
    "expires_in": .integer("Seconds."), "trust_level": .integer("50, 75 or 100."),
    "trust": .string("The same as a name."),
  ]).whole
  private static let invited = introduction(
    "invited",
    ["session": .string("Names the exchange, good once within 30 seconds."), "nonce": bytes(32, "Random.")])
  private static let joined = Schema.object([
    "status": .enumeration(["joined"], "The caller is approved."), "proof": bytes(32, "HMAC."),
    "trust_level": .integer("50, 75 or 100."), "trust": .string("The same as a name."),
  ]).whole
}
