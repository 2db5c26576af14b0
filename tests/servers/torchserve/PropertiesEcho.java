import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;

/** One line in: a properties file in base64. One line out: its keys and values, each in base64 of UTF-16. */
public class PropertiesEcho {
    private static String encode(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_16BE));
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            StringBuilder out = new StringBuilder();
            try {
                Properties properties = new Properties();
                properties.load(new ByteArrayInputStream(Base64.getDecoder().decode(line)));
                for (String key : properties.stringPropertyNames()) {
                    out.append(encode(key)).append(':').append(encode(properties.getProperty(key))).append(' ');
                }
            } catch (IllegalArgumentException e) {
                out.append('!').append(e.getMessage());
            }
            System.out.println(out);
            System.out.flush();
        }
    }
}
