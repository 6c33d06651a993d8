import Glibc
import PeerModel
import Testing

@testable import PeerNode

@Suite struct SystemSkillTests {
  @Test func factsAreThoseOfTheMachine() async throws {
    try await SkillBench.run { bench in
      let facts = try await bench.call(SystemSkill(), "facts").value
      let kernel = String(decoding: try printed(by: "uname -r"), as: UTF8.self).dropLast()
      #expect(facts["kernel"] == .string(String(kernel)) && facts["system"] == "Linux")
      let count = String(decoding: try printed(by: "getconf _NPROCESSORS_ONLN"), as: UTF8.self).dropLast()
      #expect(facts["cpu"]?["online"]?.integerValue == Int64(count))
      #expect(facts["cpu"]?["load"]?.arrayValue?.count == 3)
      let total = try #require(facts["memory"]?["total"]?.integerValue)
      let free = try #require(facts["memory"]?["free"]?.integerValue)
      #expect(free > 0 && free < total && total > 64 << 20)
      for tool in ["cpu", "memory", "disks"] {
        _ = try await bench.call(SystemSkill(), tool).value
      }
      #expect(await SystemSkill().description().tools.allSatisfy(\.isReadOnly))
    }
  }

  @Test func everyDiskIsListedOnceWithItsSize() async throws {
    try await SkillBench.run { bench in
      let disks = try #require(try await bench.call(SystemSkill(), "disks").value.arrayValue)
      for disk in disks {
        let size = try #require(disk["size"]?.integerValue)
        #expect(size > 0 && (disk["free"]?.integerValue ?? -1) <= size)
      }
      let mounts = disks.compactMap { $0["mount"]?.stringValue }
      #expect(Set(mounts).count == mounts.count)
    }
  }
}
