package io.awa.reactive.testkit;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.client.SSLMode;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where a server answers, and as whom to ask. */
record ServerAddress(
        String host,
        int port,
        String database,
        String user,
        @Nullable String password,
        @Nullable String sslMode) {

    private static final int DEFAULT_PORT = 5432;

    static ServerAddress parse(String url) {
        String plain = url.startsWith("r2dbc:") ? url.substring("r2dbc:".length()) : url;
        URI uri = URI.create(plain);
        String scheme = uri.getScheme();
        if (!"postgresql".equals(scheme) && !"postgres".equals(scheme)) {
            // The message leaves the rest out: it may hold a password.
            throw new IllegalArgumentException("not a PostgreSQL URL: it starts with " + scheme);
        }
        String[] login = (uri.getRawUserInfo() == null ? "postgres" : uri.getRawUserInfo()).split(":", 2);
        String user = decode(login[0]);
        String path = uri.getPath();
        Map<String, String> query = query(uri.getRawQuery());
        return new ServerAddress(
                uri.getHost() == null ? "localhost" : uri.getHost(),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                path == null || path.length() < 2 ? user : path.substring(1),
                user,
                login.length == 2 ? decode(login[1]) : null,
                query.get("sslmode"));
    }

    ServerAddress database(String name) {
        return new ServerAddress(host, port, name, user, password, sslMode);
    }

    PostgresqlConnectionConfiguration.Builder configuration() {
        PostgresqlConnectionConfiguration.Builder builder = PostgresqlConnectionConfiguration.builder()
                .host(host)
                .port(port)
                .database(database)
                .username(user);
        if (password != null) {
            builder.password(password);
        }
        if (sslMode != null) {
            builder.sslMode(SSLMode.fromValue(sslMode));
        }
        return builder;
    }

    String url() {
        String login = encode(user) + (password == null ? "" : ":" + encode(password));
        String query = sslMode == null ? "" : "?sslMode=" + sslMode;
        return "r2dbc:postgresql://" + login + "@" + host + ":" + port + "/" + encode(database) + query;
    }

    /** Leaves the password out. */
    @Override
    public String toString() {
        return user + "@" + host + ":" + port + "/" + database;
    }

    private static Map<String, String> query(@Nullable String raw) {
        Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    values.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
                }
            }
        }
        return values;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
