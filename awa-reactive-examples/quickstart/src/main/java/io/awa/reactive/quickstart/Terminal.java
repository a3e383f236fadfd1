package io.awa.reactive.quickstart;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What the terminal can do.
 *
 * @param interactive a person's terminal with room for the picture
 * @param colour      colours are wanted
 * @param unicode     block characters are shown
 */
record Terminal(boolean interactive, boolean colour, boolean unicode) {

    private static final int ROWS = 24;
    private static final int COLUMNS = 80;

    static Terminal detect(Map<String, String> environment) {
        String term = environment.getOrDefault("TERM", "").toLowerCase(Locale.ROOT);
        boolean smart = !term.equals("dumb") && !(term.isEmpty() && !onWindows());
        return new Terminal(
                smart && atTerminal() && hasRoom(),
                environment.getOrDefault("NO_COLOR", "").isEmpty(),
                !term.equals("linux") && speaksUnicode(environment));
    }

    // A console that is there even when streams are redirected came with Java 22, and with it the method to ask.
    private static boolean atTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    // No locale at all is the habit of containers, whose person sits at a terminal of this century.
    private static boolean speaksUnicode(Map<String, String> environment) {
        return Stream.of("LC_ALL", "LC_CTYPE", "LANG")
                .map(name -> environment.getOrDefault(name, ""))
                .filter(value -> !value.isEmpty())
                .findFirst()
                .map(value -> value.toLowerCase(Locale.ROOT).replace("-", "").contains("utf8"))
                .orElse(true);
    }

    private static boolean hasRoom() {
        if (onWindows()) {
            return true;
        }
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectErrorStream(true)
                    .start();
            String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", 2);
            boolean told = stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0 && size.length == 2;
            // A serial line says 0 0: not told.
            return !told
                    || Integer.parseInt(size[0]) == 0
                    || Integer.parseInt(size[0]) >= ROWS && Integer.parseInt(size[1]) >= COLUMNS;
        } catch (IOException | NumberFormatException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static boolean onWindows() {
        return File.separatorChar == '\\';
    }
}
