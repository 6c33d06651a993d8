/// Bytes that were received and not yet used, in one buffer that grows only for a line that needs it.
final class Inbox {
  private var storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
  private var start = 0
  private var end = 0

  deinit { storage.deallocate() }

  /// What is there to use; valid until the next call that changes the inbox.
  var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[start..<end]) }

  func consume(_ count: Int) {
    start += count
    if start == end {
      start = 0
      end = 0
    }
  }

  /// Room for more bytes, at least one.
  func makeRoom() -> UnsafeMutableRawBufferPointer {
    if end == storage.count {
      if start >= storage.count / 2 { move(to: storage) } else { grow(to: storage.count * 2) }
    }
    return UnsafeMutableRawBufferPointer(rebasing: storage[end...])
  }

  /// Notes that the first `count` bytes of the room are now filled.
  func filled(_ count: Int) { end += count }

  /// Makes the buffer at least this large, before many bytes come.
  func reserve(_ count: Int) {
    if storage.count < count { grow(to: count) }
  }

  private func grow(to count: Int) {
    let old = storage
    move(to: .allocate(byteCount: count, alignment: 16))
    old.deallocate()
  }

  private func move(to target: UnsafeMutableRawBufferPointer) {
    let kept = unread
    UnsafeMutableRawBufferPointer(rebasing: target[..<kept.count]).copyMemory(from: kept)
    storage = target
    start = 0
    end = kept.count
  }
}
