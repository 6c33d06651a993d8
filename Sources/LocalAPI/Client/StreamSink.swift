package import PeerModel

/// Takes the bytes of one file of a result as they come.
package protocol StreamSink: AnyObject {
  func write(_ bytes: UnsafeRawBufferPointer) throws(NodeError)
  /// All bytes have come.
  func finish() throws(NodeError)
}
