package io.awa.reactive.schema;

import io.awa.reactive.AwaSchemaException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of the catalogue as it was written.
 *
 * @param path relative to the catalogue, for example {@code migrations/V001__start.sql}
 * @param text the content before any replacement, lines ended by a line feed
 */
record SqlFile(String path, String text) {

    private static final Pattern MIGRATION = Pattern.compile("V(\\d{3,9})__([A-Za-z0-9_.-]+)\\.sql");

    /** The name without folders. */
    String fileName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** This file as a migration, its version and name taken from the file's name. */
    Migration toMigration() {
        Matcher parts = MIGRATION.matcher(fileName());
        if (!parts.matches()) {
            throw new AwaSchemaException(path + ": a migration is named V001__words.sql");
        }
        return new Migration(Integer.parseInt(parts.group(1)), parts.group(2), sha256(text), this);
    }

    static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * A step from one version of the schema to the next.
     *
     * @param version  from 1, without gaps
     * @param name     the words of the file's name
     * @param checksum SHA-256 of the file as written, in hexadecimal: it is the same for every schema
     * @param file     the file
     */
    record Migration(int version, String name, String checksum, SqlFile file) {}
}
