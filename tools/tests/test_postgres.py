"""Which database server is used, and who may reach the embedded one."""

import os

import pytest

from o2o_cli import postgres
from o2o_cli.environment import Environment
from o2o_cli.errors import DatabaseError
from o2o_cli.postgres import Embedded, Server


def test_without_a_name_the_embedded_server_is_used(home):
    assert postgres.named_server(home.config_template, {}) is None
    # a login alone names no server
    assert postgres.named_server(home.config_template, {"PGUSER": "me"}) is None


def test_variables_name_a_server(home):
    env = {"PGHOST": "db.test", "PGUSER": "shop", "PGPASSWORD": "x"}
    found = postgres.named_server(home.config_template, env)
    assert found == {
        "host": "db.test",
        "port": "5432",
        "user": "shop",
        "password": "x",
    }


def test_configuration_names_a_server(home):
    home.config_template.write_text(
        "[options]\ndb_host = db.test\ndb_port = 6432\ndb_user = shop\n"
    )
    found = postgres.named_server(home.config_template, {})
    assert (found["host"], found["port"], found["user"]) == ("db.test", "6432", "shop")


def test_false_in_the_configuration_names_none(home):
    home.config_template.write_text("[options]\ndb_host = False\n")
    assert postgres.named_server(home.config_template, {}) is None


def fake_programs(tmp_path, script):
    psql = tmp_path / "psql"
    psql.write_text(f"#!/bin/sh\n{script}\n")
    psql.chmod(0o755)
    return Server(tmp_path, "db.test", "5432", "shop", "secret")


def test_unreachable_server_is_one_line_with_the_remedy(tmp_path):
    server = fake_programs(tmp_path, "echo 'could not translate host name'; exit 2")
    with pytest.raises(DatabaseError) as caught:
        server.check()
    assert "db.test:5432 cannot be used as shop" in caught.value.message
    assert "could not translate host name" in caught.value.message
    assert "PG*" in caught.value.remedy
    assert caught.value.exit_code == 7


def test_role_without_createdb_is_told_how(tmp_path):
    server = fake_programs(tmp_path, "echo f")
    with pytest.raises(DatabaseError) as caught:
        server.check()
    assert 'ALTER ROLE "shop" CREATEDB' in caught.value.remedy


def test_client_programs_see_only_this_server(tmp_path, monkeypatch):
    monkeypatch.setenv("PGSERVICE", "other")
    monkeypatch.setenv("PGDATABASE", "other")
    env = Server(tmp_path, "", "5432", "odoo").env()
    assert "PGSERVICE" not in env
    assert "PGDATABASE" not in env
    assert env["PGUSER"] == "odoo"


def test_names_are_quoted():
    assert postgres.quoted('a"b') == '"a""b"'
    assert postgres.literal("a'b") == "'a''b'"


def test_closed_folder_is_seen(tmp_path):
    folder = tmp_path / "closed/inner"
    folder.mkdir(parents=True)
    stranger = os.geteuid() + 12345
    (tmp_path / "closed").chmod(0o700)
    assert not postgres.traversable(folder, stranger)
    assert postgres.traversable(folder, os.geteuid()) or os.geteuid() == 0


def test_a_cluster_of_an_older_version_gets_today_s_settings(home):
    server = Embedded(home, Environment(home.cache, home.cache, home.cache))
    server.data = home.state / "cluster"
    server.data.mkdir(parents=True)
    main = server.data / "postgresql.conf"
    main.write_text("max_connections = 7\n", encoding="utf-8")
    for _start in range(2):
        server._write_settings()
    assert main.read_text(encoding="utf-8").splitlines() == [
        "max_connections = 7",
        "include = 'o2o.conf'",
    ]
    written = (server.data / "o2o.conf").read_text(encoding="utf-8")
    assert written == postgres.SETTINGS
