package io.awa.reactive.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Where the programs of an embedded PostgreSQL come from. The archive is unpacked once per user and content, below the
 * temporary directory, and shared by every process afterwards. Immutable; safe on any thread; blocks while it unpacks.
 */
public final class PgBinaries {

    private static final int OWNER_EXECUTES = 0100;

    private final URL archive;

    private PgBinaries(URL archive) {
        this.archive = archive;
    }

    /**
     * The binaries for this machine found on the class path: the version the build was given.
     *
     * @return the binaries
     * @throws IllegalStateException if the class path has none for this system and processor
     */
    public static PgBinaries onClassPath() {
        String name = "postgres-" + system() + "-" + processor() + ".txz";
        URL found = PgBinaries.class.getClassLoader().getResource(name);
        if (found == null) {
            throw new IllegalStateException("no PostgreSQL binaries on the class path: missing " + name);
        }
        return new PgBinaries(found);
    }

    /**
     * The binaries inside a jar that is not on the class path: how another PostgreSQL version is started.
     *
     * @param jar a jar that holds one {@code .txz} archive
     * @return the binaries
     * @throws IllegalArgumentException if the jar holds no such archive
     */
    public static PgBinaries ofJar(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
                String name = entries.nextElement().getName();
                if (name.endsWith(".txz")) {
                    return new PgBinaries(new URL("jar:" + jar.toAbsolutePath().toUri() + "!/" + name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalArgumentException("no .txz archive in " + jar);
    }

    /** Unpacks the archive unless that was done before, and returns the folder that has {@code bin} in it. */
    Path unpackInto(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path target = folder.resolve(digest());
        if (Files.isDirectory(target)) {
            return target;
        }
        // Unpacked aside and moved: another process sees the whole folder or none.
        Path aside = Files.createTempDirectory(folder, "unpacking");
        try (InputStream in = open();
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, aside);
            }
        }
        Trees.openToAll(aside);
        try {
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Trees.delete(aside);
            if (!Files.isDirectory(target)) {
                throw e;
            }
        }
        return target;
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path root) throws IOException {
        Path path = root.resolve(entry.getName()).normalize();
        if (!path.startsWith(root)) {
            throw new IOException("an entry outside of the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, root.resolve(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            if ((entry.getMode() & OWNER_EXECUTES) != 0 && !path.toFile().setExecutable(true, false)) {
                throw new IOException("cannot make executable: " + path);
            }
        }
    }

    private String digest() throws IOException {
        try (DigestInputStream in = new DigestInputStream(open(), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private InputStream open() throws IOException {
        return new BufferedInputStream(archive.openStream());
    }

    private static String system() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return "windows";
        }
        return name.startsWith("mac") ? "darwin" : "linux";
    }

    private static String processor() {
        String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return switch (name) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            default -> name;
        };
    }
}
