package import PeerModel

/// An open invitation, without its secret.
package struct InvitationSummary: JSONConvertible, Hashable {
  package var id: String
  /// What it grants.
  package var trust: TrustLevel
  /// Seconds since 1970.
  package var createdAt: Int
  package var expiresAt: Int

  package init(id: String, trust: TrustLevel, createdAt: Int, expiresAt: Int) {
    (self.id, self.trust, self.createdAt, self.expiresAt) = (id, trust, createdAt, expiresAt)
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      id: try fields.required("id"), trust: try fields.required("trust"), createdAt: try fields.required("created_at"),
      expiresAt: try fields.required("expires_at"))
  }
  package var json: JSONValue {
    ["id": id.json, "trust": trust.json, "created_at": createdAt.json, "expires_at": expiresAt.json]
  }
  static let schema = Schema.object([
    "id": .string("Names the invitation."), "trust": .trust("What it grants."),
    "created_at": .integer("Seconds since 1970."), "expires_at": .integer("Seconds since 1970."),
  ])
}

/// `invites.create`: a code with which another node pairs with this one.
package enum CreateInvitation: Method {
  package static let name = "invites.create"
  package static let summary = "Make a one-time code with which another node pairs with this one."

  package struct Parameters: JSONConvertible, Hashable {
    /// What the joiner may do here; nil takes the configured default.
    package var trust: TrustLevel?
    /// Seconds.
    package var lifetime: Int

    package static let defaultLifetime = 600
    package static let longestLifetime = 7 * 86_400

    package init(trust: TrustLevel? = nil, lifetime: Int = defaultLifetime) {
      (self.trust, self.lifetime) = (trust, lifetime)
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        trust: try fields.optional("trust"), lifetime: try fields.optional("expires_in") ?? Self.defaultLifetime)
    }
    package var json: JSONValue { .compact(["trust": trust?.json, "expires_in": lifetime.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    /// Shown once, and never again.
    package var code: String
    package var invitation: InvitationSummary
    package init(code: String, invitation: InvitationSummary) { (self.code, self.invitation) = (code, invitation) }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(code: try fields.required("code"), invitation: try fields.required("invitation"))
    }
    package var json: JSONValue { ["code": code.json, "invitation": invitation.json] }
  }
  package static let parameters = Schema.object([
    "trust": .trust("basic, trusted, full, or 50, 75, 100."),
    "expires_in": .integer("Seconds.", minimum: 1, maximum: Parameters.longestLifetime)
      .withDefault(Parameters.defaultLifetime.json),
  ])
  package static let result = Schema.object([
    "code": .string("To be typed on the other machine; shown once."), "invitation": InvitationSummary.schema,
  ])
}

/// `invites.list`: the invitations that are open.
package enum ListInvitations: Method {
  package static let name = "invites.list"
  package static let summary = "List the open invitations."
  package typealias Parameters = NoParameters

  package struct Result: JSONConvertible, Hashable {
    package var invitations: [InvitationSummary]
    package init(invitations: [InvitationSummary]) { self.invitations = invitations }
    package init(json: JSONValue) throws(NodeError) { invitations = try JSONFields(json).required("invitations") }
    package var json: JSONValue { ["invitations": invitations.json] }
  }
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([
    "invitations": .array(of: InvitationSummary.schema, "The invitations, oldest first.")
  ])
}

/// `invites.revoke`: makes codes useless.
package enum RevokeInvitations: Method {
  package static let name = "invites.revoke"
  package static let summary = "Revoke an open invitation, or all."

  package struct Parameters: JSONConvertible, Hashable {
    package var id: String?
    package var all: Bool
    package init(id: String? = nil, all: Bool = false) { (self.id, self.all) = (id, all) }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(id: try fields.optional("id"), all: try fields.optional("all") ?? false)
    }
    package var json: JSONValue { .compact(["id": id?.json, "all": all.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var revoked: [String]
    package init(revoked: [String]) { self.revoked = revoked }
    package init(json: JSONValue) throws(NodeError) { revoked = try JSONFields(json).required("revoked") }
    package var json: JSONValue { ["revoked": revoked.json] }
  }
  package static let parameters = Schema.object([
    "id": .string("The invitation.", maximumLength: 64), "all": .boolean("All of them.").withDefault(false),
  ])
  package static let result = Schema.object(["revoked": .array(of: .string("An invitation."), "Their ids.")])
}

/// `peers.join`: pairs with the node that has made a code.
package enum JoinPeer: Method {
  package static let name = "peers.join"
  package static let summary = "Pair with the node that has made a code, and approve it."

  package struct Parameters: JSONConvertible, Hashable {
    package var code: String
    /// Where the inviter is; found by the code when absent.
    package var host: String?
    package var port: Int
    /// What the inviter may do here; nil takes the configured default.
    package var trust: TrustLevel?

    package init(
      code: String, host: String? = nil, port: Int = AddPeer.Parameters.defaultPort, trust: TrustLevel? = nil
    ) {
      (self.code, self.host, self.port, self.trust) = (code, host, port, trust)
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        code: try fields.required("code"), host: try fields.optional("host"),
        port: try fields.optional("port") ?? AddPeer.Parameters.defaultPort, trust: try fields.optional("trust"))
    }
    package var json: JSONValue {
      .compact(["code": code.json, "host": host?.json, "port": port.json, "trust": trust?.json])
    }
  }
  package typealias Result = Peer
  package static let parameters = Schema.object(
    [
      "code": .string("What r invite has printed.", maximumLength: 64),
      "host": .string("IP address or host name.", maximumLength: 255),
      "port": .integer("TCP port.", minimum: 1, maximum: 65535).withDefault(AddPeer.Parameters.defaultPort.json),
      "trust": .trust("basic, trusted, full, or 50, 75, 100."),
    ], required: ["code"])
  package static let result = Peer.schema
}
