"""A server of pictures that is trusted."""

from collections.abc import Iterator
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from PySide6.QtNetwork import QSslCertificate, QSslConfiguration

from tests.support.loopback import Loopback, serving


@pytest.fixture(scope="module")
def tls() -> Iterator[SSLContext]:
    """A server's side; clients trust its authority meanwhile."""
    authority, context = trustme.CA(), SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    before = QSslConfiguration.defaultConfiguration()
    trusting = QSslConfiguration(before)
    trusting.addCaCertificate(QSslCertificate(authority.cert_pem.bytes()))
    QSslConfiguration.setDefaultConfiguration(trusting)
    yield context
    QSslConfiguration.setDefaultConfiguration(before)


@pytest.fixture
def secure(tls: SSLContext) -> Iterator[Loopback]:
    with serving(tls=tls) as server:
        yield server
