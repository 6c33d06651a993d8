import PeerModel

/// What the operations work with.
package struct NodeParts: Sendable {
  package let identity: Identity
  package let rotation: IdentityRotation
  package let settings: Settings
  package let store: Store
  package let registry: Registry
  package let exchange: PeerExchange
  package let discovery: Discovery
  package let skills: SkillService
  package let mcp: MCPServers
  package let tasks: TaskRunner
  package let events: EventHub
  package let audit: AuditLog
  package let context: ContextLog
  package let documents: DocumentStore
  package let stateDirectory: String
  package let configurationPath: String
  /// Steady seconds of the start.
  package let started: Int
}

extension NodeParts {
  /// All operations of this node.
  package var operations: [Operation] {
    let recorder = AuditRecorder(log: audit, registry: registry)
    return
      (statusOperations + identityOperations + peerOperations + invitationOperations + skillOperations
      + pinOperations + manifestOperations + mcpOperations + taskOperations + contextOperations + documentOperations
      + eventOperations + auditOperations + diagnosisOperations)
      .map { $0.recorded(by: recorder) }
  }
}
