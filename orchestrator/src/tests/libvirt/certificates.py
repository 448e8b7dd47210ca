"""Certificates of a test's own, made by openssl: an authority, and what it signs under the names that QEMU uses."""

import os
import pathlib
import subprocess

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    def __init__(self, place):
        self.place = pathlib.Path(place)
        self.place.mkdir()
        self.certificate = self.place / "ca-cert.pem"
        openssl("req", "-x509", *CURVE, "-keyout", str(self.place / "ca-key.pem"), "-out", str(self.certificate), "-days", "2",
                "-subj", f"/CN=a test's authority {self.place.name}")

    def sign(self, kind, folder, alternative=None):
        """KIND-cert.pem and KIND-key.pem in the folder; the key for its owner alone."""
        folder = pathlib.Path(folder)
        request, extra, key = self.place / "request", self.place / "extra", folder / f"{kind}-key.pem"
        openssl("req", *CURVE, "-keyout", str(key), "-out", str(request), "-subj", f"/CN={kind}")
        os.chmod(key, 0o600)
        extra.write_text(f"subjectAltName={alternative}\n" if alternative else "basicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.place / "ca-key.pem"),
                "-CAcreateserial", "-days", "2", "-extfile", str(extra), "-out", str(folder / f"{kind}-cert.pem"))
