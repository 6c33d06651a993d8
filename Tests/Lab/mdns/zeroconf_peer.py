"""python-zeroconf as a far side: advertise or browse, a line with the time for everything that happens."""
import argparse
import signal
import sys
import threading
import time

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf


def out(text):
    sys.stdout.write(f"{time.time() * 1000:.1f} {text}\n")
    sys.stdout.flush()


def short(name):
    return name.split("._")[0]


class Listener(ServiceListener):
    def add_service(self, zc, type_, name):
        threading.Thread(target=self.resolve, args=(zc, type_, name), daemon=True).start()

    def update_service(self, zc, type_, name):
        self.add_service(zc, type_, name)

    def remove_service(self, zc, type_, name):
        out(f"LOST {short(name)}")

    @staticmethod
    def resolve(zc, type_, name):
        info = zc.get_service_info(type_, name, 3000)
        if info:
            text = ";".join(f"{k.decode()}={(v or b'').decode()}" for k, v in info.properties.items())
            addresses = ",".join(info.parsed_addresses())
            out(f"FOUND {short(name)} host={info.server.rstrip('.')} at={addresses} port={info.port} txt={text}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--advertise")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--type", default="_r-cli._tcp")
    parser.add_argument("--host", default="zc")
    parser.add_argument("--address", action="append", default=[])
    parser.add_argument("--browse", action="store_true")
    parser.add_argument("--ip", default="all")
    options = parser.parse_args()
    kind = options.type + ".local."
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    version = {"all": IPVersion.All, "4": IPVersion.V4Only, "6": IPVersion.V6Only}[options.ip]
    zc = Zeroconf(ip_version=version)
    out("START")

    def register(index):
        name = options.advertise if options.count == 1 else f"{options.advertise}-{index}"
        info = ServiceInfo(
            kind, f"{name}.{kind}", port=7000 + index, properties={"id": name}, server=f"{options.host}.local.",
            parsed_addresses=options.address)
        try:
            zc.register_service(info, allow_name_change=True)
            out(f"ADVERTISED {short(info.name)}")
        except Exception as error:  # pylint: disable=broad-except
            out(f"ERROR {error!r}")

    if options.advertise:
        threads = [threading.Thread(target=register, args=(i,)) for i in range(options.count)]
        for thread in threads:
            thread.start()
    if options.browse:
        ServiceBrowser(zc, kind, Listener())
    done.wait()
    zc.close()
    out("STOPPED")


main()
