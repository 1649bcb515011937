# A Homebrew formula. Untried: it is written against Homebrew's documentation and
# the package names that `packaging/install-deps.sh` installs; url and sha256 are
# filled in when a release exists. Until then: brew install --HEAD ./scaler.rb
class Scaler < Formula
  desc "Local-first lecture companion: download, transcript, slides, notes"
  homepage "https://github.com/scaler-companion/scaler-companion"
  license "Apache-2.0"
  head "https://github.com/scaler-companion/scaler-companion.git", branch: "main"

  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "node" => :build
  depends_on "pkgconf" => :build
  depends_on "cmu-pocketsphinx"
  depends_on "curl"
  depends_on "ffmpeg"
  depends_on "freetype"
  depends_on "jansson"
  depends_on "leptonica"
  depends_on "libarchive"
  depends_on "libmicrohttpd"
  depends_on "md4c"
  depends_on "openssl@3"
  depends_on "sqlite"
  depends_on "tesseract"
  depends_on "whisper-cpp"

  def install
    # Keg-only libraries are not on the default search path.
    %w[curl libarchive openssl@3 sqlite].each do |name|
      ENV.prepend_path "PKG_CONFIG_PATH", Formula[name].opt_lib/"pkgconfig"
    end
    system "dashboard/build.sh"
    system "meson", "setup", "build", *std_meson_args
    system "ninja", "-C", "build"
    system "meson", "install", "-C", "build", "--no-rebuild"
  end

  service do
    run [opt_bin/"scaler", "serve"]
    environment_variables SCALER_OUTPUT_DIR: "#{Dir.home}/Lectures", PATH: std_service_path_env
    keep_alive successful_exit: false
    working_dir Dir.home
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/scaler version") unless head?
    system bin/"scaler", "list", "--library", testpath/"library"
  end
end
