package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootVersion;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The front page's way from an empty project to a job done, as it is written there. */
class NewcomerTest {

    private static final Path README = Path.of("../../README.md");
    private static final Pattern BLOCK = Pattern.compile("`([^`\n]+)`:\n\n```[a-z]*\n(.*?)```", Pattern.DOTALL);
    private static final int LINES = 40;

    @TempDir
    Path project;

    @Test
    @Timeout(120)
    void theProgramOfTheFrontPageDoesItsJob() throws Exception {
        Map<String, String> files = files();
        assertThat(files.keySet())
                .containsExactly(
                        "pom.xml", "src/main/java/shop/Shop.java", "src/main/resources/application.properties");
        assertThat(files.values().stream().flatMap(String::lines).count())
                .as("lines a newcomer writes")
                .isLessThan(LINES);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = project.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        pomIsTheTruth(files.get("pom.xml"));

        Path classes = Files.createDirectories(project.resolve("target/classes"));
        Files.copy(
                project.resolve("src/main/resources/application.properties"),
                classes.resolve("application.properties"));
        String libraries = System.getProperty("java.class.path");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-d",
                                classes.toString(),
                                "-cp",
                                libraries,
                                project.resolve("src/main/java/shop/Shop.java").toString()))
                .isZero();

        long begun = System.nanoTime();
        Process shop = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        classes + java.io.File.pathSeparator + libraries,
                        "shop.Shop",
                        "--spring.r2dbc.url=" + AwaPostgres.shared().url(),
                        "--awa.schema=" + AwaPostgres.shared().freshSchema())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(shop.getInputStream(), StandardCharsets.UTF_8))) {
            List<String> seen = new java.util.ArrayList<>();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                seen.add(line);
                if (line.contains("sent to ada@example.org")) {
                    break;
                }
            }
            assertThat(seen).last().asString().contains("sent to ada@example.org");
            System.out.println("From start to the first job done: "
                    + Duration.ofNanos(System.nanoTime() - begun).toMillis() + " ms");
            assertThat(shop.isAlive())
                    .as("it goes on working until it is stopped")
                    .isTrue();
            shop.destroy();
            assertThat(shop.waitFor(40, TimeUnit.SECONDS)).isTrue();
        } finally {
            shop.destroyForcibly();
        }
    }

    private static Map<String, String> files() throws Exception {
        String page = Files.readString(README);
        String section = page.substring(page.indexOf("## In Spring Boot"));
        section = section.substring(0, section.indexOf("\n## ", 1));
        Map<String, String> files = new TreeMap<>();
        Matcher block = BLOCK.matcher(section);
        while (block.find()) {
            files.put(block.group(1), block.group(2));
        }
        return files;
    }

    private static void pomIsTheTruth(String pom) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(pom)));
        assertThat(document.getElementsByTagName("version").item(0).getTextContent())
                .isEqualTo(SpringBootVersion.getVersion());
        String starter = Files.readString(Path.of("pom.xml"));
        assertThat(starter).contains("<artifactId>awa-reactive-spring-boot-starter</artifactId>");
        assertThat(pom).contains("<artifactId>awa-reactive-spring-boot-starter</artifactId>");
        assertThat(document.getElementsByTagName("version").item(2).getTextContent())
                .as("the version of this build")
                .isEqualTo(starter.replaceAll("(?s).*?<version>([^<]+)</version>.*", "$1"));
    }
}
