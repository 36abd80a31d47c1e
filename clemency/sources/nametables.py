"""What names are made of: surnames, readings, transliterations and spelling rules, as plain tables.

Compiled by hand from general knowledge of the languages; no outside file. They are not complete. A name that is in
no table is still matched by its letters.
"""

from __future__ import annotations

import re


def _pairs(text: str) -> dict[str, str]:
    """`canonical: variant variant; ...` -> variant -> canonical."""
    lines = (line.split(":") for line in text.replace("\n", " ").split(";") if line.strip())
    return {variant: name.strip() for name, variants in lines for variant in variants.split()}


SURNAMES = frozenset(
    """ai an ao ba bai bao bei bi bian bo bu cai cao cen chai chang che chen cheng chi chong chu chuan cong cui dai dan
    dang deng di diao ding dong dou du duan fan fang fei feng fu gai gan gao ge geng gong gou gu guan gui guo ha hai han
    hang hao he hei heng hong hou hu hua huai huan huang huo ji jia jian jiang jiao jin jing ju jue kan kang ke kong kou
    kuang lai lan lang lao le lei leng li lian liang liao lin ling liu long lou lu lun luo lv ma mai man mang mao mei
    meng mi miao min mo mou mu na nan ni nian nie ning niu nong ou pan pang pei peng pi piao ping pu qi qian qiang qiao
    qin qiu qu quan que ran rao ren rong ruan rui sang sha shan shang shao she shen sheng shi shou shu shui si song su
    sui sun tan tang tao teng tian tong tu wan wang wei wen weng wu xi xia xian xiang xiao xie xin xing xiong xu xuan
    xue xun yan yang yao ye yi yin ying you yu yuan yue yun zang zeng zha zhai zhan zhang zhao zhen zheng zhong zhou zhu
    zhuang zhuo zi zong zou zu zuo""".split()
)
COMPOUND = frozenset(
    """ouyang sima zhuge shangguan xiahou situ huangfu gongsun linghu murong weichi yuchi dongfang ximen nangong
    zhangsun yuwen zhongli xianyu lvqiu luqiu duanmu baili dugu moqi gongye tuoba helian taishi shentu zhongsun xuanyuan
    dongguo nanmen hunyan puyang chunyu shanyu wanyan""".split()
)
COMPOUND_CHARACTERS = frozenset(
    """欧阳 司马 诸葛 上官 夏侯 司徒 皇甫 公孙 令狐 慕容 尉迟 东方 西门 南宫 长孙 宇文 钟离 鲜于 闾丘 端木 百里 独孤
    万俟 公冶 拓跋 赫连 太史 申屠 轩辕 东郭 濮阳 淳于 单于 完颜""".split()
)
SURNAME_READINGS: dict[str, tuple[str, ...]] = {
    c: tuple(r.split("/"))
    for c, r in (
        pair.split("=")
        for pair in """单=shan 解=xie 仇=qiu 区=ou 查=zha 曾=zeng 任=ren 华=hua 朴=piao/pu 盖=ge/gai 缪=miao 覃=qin/tan
    翟=zhai/di 乐=yue/le 召=shao 员=yun 牟=mu/mou 祭=zhai 洗=xian 冼=xian 逄=pang 郗=xi/chi 折=she 柏=bai/bo 葛=ge
    那=na 谌=chen/shen 种=chong 秘=bi 佘=she 薄=bo 纪=ji 吕=lv 尉=wei/yu 宁=ning 便=bian 黑=he/hei 车=che 石=shi
    贾=jia 重=chong 晁=chao 隗=wei/kui 吾=wu 呙=guo 繁=po 撒=sa 能=nai 燕=yan 应=ying 令=ling 过=guo 哈=ha 阚=kan
    相=xiang 卜=bu 观=guan 干=gan 藏=zang 臧=zang 沈=shen 尹=yin 万=wan 俞=yu 殷=yin 曲=qu 谷=gu 郇=xun/huan 乜=nie
    尉迟=yuchi/weichi 万俟=moqi 长孙=zhangsun 单于=chanyu 鲜于=xianyu 令狐=linghu""".split()
    )
}
GIVEN_READINGS = {
    p[0]: tuple(p[2:].split("/"))
    for p in """乐=le/yue 长=chang/zhang 朝=chao/zhao 重=chong/zhong 行=xing/hang 盛=sheng/cheng 藏=cang/zang 柏=bai/bo
    茜=qian/xi 莘=shen/xin 晟=sheng/cheng 颉=jie/xie 靓=jing/liang 单=dan/shan 曾=zeng/ceng 降=jiang/xiang 佛=fo/fu""".split()
}

_TRADITIONAL = """張张 陳陈 劉刘 黃黄 楊杨 趙赵 吳吴 孫孙 馬马 羅罗 鄭郑 謝谢 許许 馮冯 鄧邓 蕭萧 葉叶 蔣蒋 蘇苏 盧卢 賈贾 陸陆
譚谭 鍾钟 鐘钟 範范 賴赖 龔龚 龐庞 顧顾 錢钱 湯汤 嚴严 韓韩 魯鲁 韋韦 鄒邹 萬万 閻阎 閆闫 畢毕 聶聂 歐欧 區区 關关 溫温 莊庄
齊齐 喬乔 駱骆 項项 簡简 饒饶 單单 車车 連连 寧宁 時时 來来 會会 東东 國国 華华 偉伟 軍军 紅红 麗丽 強强 傑杰 榮荣 雲云 飛飞
鳳凤 龍龙 玉玉 蘭兰 慶庆 興兴 業业 義义 貴贵 寶宝 寶宝 學学 書书 樹树 長长 發发 錦锦 銀银 鐵铁 鋒锋 鋼钢 劍剑 劒剑 愛爱 靜静
瓊琼 瑩莹 穎颖 豔艳 艷艳 麥麦 鵬鹏 鴻鸿 鶴鹤 黨党 達达 遠远 進进 運运 選选 遙遥 邁迈 陽阳 陰阴 際际 隊队 順顺 頌颂 顯显 風风
養养 騰腾 驗验 驥骥 魚鱼 鮑鲍 鷹鹰 齡龄 維维 綱纲 綺绮 緒绪 線线 練练 縣县 繼继 續续 練练 約约 紀纪 純纯 紹绍 終终 結结 給给
統统 經经 綠绿 編编 緣缘 織织 聖圣 聞闻 聰聪 職职 聲声 興兴 舉举 舊旧 蓮莲 蔭荫 藝艺 藍蓝 處处 虛虚 衛卫 補补 見见 親亲 觀观
記记 設设 評评 詩诗 誌志 誠诚 語语 說说 課课 調调 諒谅 論论 諸诸 謀谋 謙谦 講讲 識识 譯译 護护 讓让 豐丰 貝贝 財财 貞贞 賀贺
賓宾 賢贤 質质 賽赛 贊赞 軒轩 輝辉 輪轮 轉转 農农 這这 過过 還还 鄉乡 鄔邬 釋释 鈞钧 鈴铃 鉅钜 銘铭 銳锐 鎮镇 鏡镜 開开 閒闲
間间 閔闵 陝陕 隨随 險险 雖虽 雙双 雞鸡 離离 難难 電电 霧雾 靈灵 響响 頁页 頂顶 順顺 預预 頓顿 領领 願愿 類类 飄飘 飲饮 馳驰
駿骏 體体 鬆松 魏魏 鮮鲜 鳥鸟 鳴鸣 麟麟 點点 齒齿 個个 們们 倫伦 備备 傳传 傷伤 億亿 儀仪 儒儒 優优 兒儿 內内 兩两 凱凯 劃划
劇剧 劉刘 勁劲 動动 務务 勛勋 勝胜 勞劳 勢势 勤勤 勵励 匯汇 協协 卻却 厲厉 參参 吳吴 呂吕 員员 問问 啟启 啓启 喪丧 單单 嗎吗
嘉嘉 嚮向 園园 圓圆 圖图 團团 執执 堅坚 報报 場场 塊块 塵尘 壇坛 壯壮 壽寿 夢梦 奧奥 奮奋 婦妇 媽妈 嬌娇 孫孙 寢寝 實实 寫写
審审 寬宽 將将 專专 尋寻 對对 導导 層层 岡冈 島岛 峽峡 嶺岭 嶽岳 巖岩 幣币 師师 帥帅 帶带 幫帮 幹干 幾几 庫库 廈厦 廠厂 廣广
廬庐 廳厅 張张 彈弹 彌弥 彙汇 後后 徑径 從从 復复 徵征 德德 憲宪 懷怀 戀恋 戰战 戲戏 戶户 拋抛 捷捷 掃扫 揚扬 換换 揮挥 損损
搖摇 摯挚 撫抚 擁拥 擇择 擔担 據据 擴扩 攝摄 攜携 敘叙 敵敌 數数 斷断 於于 昇升 晉晋 暉晖 暢畅 曉晓 曄晔 曇昙 會会 朧胧 東东
條条 棟栋 棄弃 構构 槍枪 樂乐 樓楼 標标 樣样 機机 橋桥 檔档 檢检 櫻樱 權权 歡欢 歲岁 歷历 歸归 殘残 殺杀 氣气 決决 沖冲 沒没
況况 洩泄 淚泪 淨净 淺浅 淵渊 渾浑 湧涌 準准 溝沟 滄沧 滅灭 滿满 漁渔 漢汉 漸渐 潔洁 潘潘 潤润 潛潜 澤泽 濟济 濤涛 濱滨 瀾澜
灣湾 災灾 為为 烏乌 無无 煒炜 煉炼 煙烟 煥焕 熱热 燁烨 燈灯 燕燕 營营 燦灿 爭争 爾尔 牆墙 狀状 獨独 獅狮 獲获 獻献 現现 瑋玮
瑤瑶 璽玺 環环 產产 畢毕 畫画 異异 當当 療疗 發发 皚皑 盛盛 盡尽 監监 盤盘 矯矫 碩硕 礎础 禎祯 禮礼 禪禅 種种 稱称 積积 穩稳
窮穷 競竞 筆笔 節节 築筑 籃篮 籌筹 籍籍 類类 糧粮 紋纹 納纳 細细 紳绅 組组 絲丝 絡络 綜综 網网 緊紧 緯纬 縱纵 總总 繁繁 羅罗
羣群 習习 翹翘 耀耀 聯联 肅肃 脈脉 腳脚 腦脑 膽胆 臨临 臺台 與与 艦舰 芻刍 莖茎 華华 蒼苍 蓋盖 蔔卜 蕓芸 薈荟 蘊蕴 蘆芦 虜虏
號号 蝦虾 螢萤 術术 衝冲 裏里 裝装 複复 襲袭 訓训 許许 訴诉 詠咏 詳详 認认 誰谁 諾诺 謹谨 證证 譜谱 讀读 變变 貓猫 貢贡 責责
貨货 費费 資资 賜赐 賞赏 購购 贏赢 趨趋 躍跃 軟软 載载 輔辅 輕轻 輯辑 辦办 辭辞 邊边 郵邮 鄰邻 醫医 釗钊 針针 鉉铉 錄录 錚铮
錫锡 鍵键 鎖锁 鎧铠 鑄铸 鑫鑫 閃闪 閣阁 閩闽 闊阔 闖闯 陣阵 陞升 隱隐 隸隶 雋隽 霽霁 韻韵 頡颉 頻频 顏颜 顥颢 飾饰 餘余 館馆
駐驻 騏骐 驊骅 驕骄 鬥斗 鯤鲲 鵑鹃 鶯莺 鷗鸥 麪面 黎黎 齋斋 峯峰 羣群 測测 試试 驗验 硯砚 價价 倖幸 僑侨 儉俭 償偿 冊册 劍剑 嘯啸 嫻娴 嬋婵 嶸嵘 弒弑 憶忆 懇恳 擴扩 曬晒 枏楠 柵栅 棗枣 榆榆 樸朴
橫横 殤殇 滬沪 瀟潇 瀅滢 煬炀 燭烛 牽牵 犧牺 琺珐 瓏珑 瓔璎 畝亩 癡痴 硃朱 碧碧 禦御 穀谷 窩窝 竇窦 筱筱 紗纱 紫紫 絨绒 綸纶 緹缇 縝缜
縉缙 繡绣 纓缨 羨羡 翬翚 聳耸 脩修 膠胶 舖铺 芸芸 苧苎 莊庄 萊莱 蓀荪 薑姜 蘋苹 蘅蘅 蘿萝 袞衮 襄襄 覺觉 詣诣 詰诘 諶谌 謐谧 謖谡 譽誉
豈岂 賁贲 賡赓 贇赟 軻轲 轅辕 迺乃 遼辽 鄖郧 鄺邝 酈郦 鈺钰 鉑铂 鉤钩 銓铨 銜衔 鋆鋆 鍊炼 鏗铿 鐸铎 閏闰 閱阅 闕阙 闞阚 隴陇 靂雳 頤颐
顓颛 颯飒 馥馥 騁骋 騮骝 驍骁 鳶鸢 鵲鹊 鸞鸾 黌黉 龢和 恆恒 勳勋 曁暨 綵彩 艶艳 栢柏""".split()
TRADITIONAL = {ord(p[0]): p[1] for p in _TRADITIONAL if p[0] != p[1]}

REMARKS = frozenset(("", "pen name", "lay name", "alias", "nickname", "name withheld", "religious name", "jr", "sr"))
TITLES = frozenset(
    """rinpoche tulku lama khenpo geshe hajim haji qari qarim kari damolla akhun imam sheikh jr sr dr trulku ajahn
    aka alias""".split()
)

TIBETAN = _pairs(
    """tenzin: tenzing tendzin tendzen tenzen tenzyn danzeng danzin danzen dandzin tanzen dainzin tandzin; lobsang: losang
    lobzang lozang lopsang luosang lopzang lobsan luorang luobsang; ngawang: nawang awang ngagwang agwang; tsering: tserang tsereng
    ciren cairang zeren caireng tsring tseren cering; gyatso: gyamtso jiacuo gyaco jamtso jiangcuo gyatsho; tashi: zhaxi
    trashi tashe; sonam: suolang suonan silang sodnam soenam; dorje: duojie duoji dorji dorjee; kalsang: gesang kelsang
    kalzang kelzang galsang gaisang skalzang; dondrub: dunzhu dengzhu dongzhi thondup dondup; phuntsog: pingcuo pengcuo
    puncog; tsultrim: chuchen cicheng tsulchen chuicheng; yeshe: yixi yexi; jamyang: jiangyang jamyang; nyima: nima;
    dawa: dawa; jampa: jiangba qiangba champa byampa chamba; thubten: tudeng thupten tubdain; pema: baima padma; drolma: zhuoma dolma
    dolma droma; konchog: gongjue gongque kunchok konchok kunchog koncho kunchog konchoe; choephel: qupei qunpei choepel chophel
    choepal choephel; jigme: jinmei jiumei jikmey; sherab: xirao xierao sherap; palden: bandeng bandan beldan pelden; lhamo: lamu;
    namgyal: langjie nanjie langjia namgyel; trinle: chilie thinley trinley chenlie phrinlas thinlay; samten: sangdan; choedron:
    quzhen quzheng choedon chodron; gedun: gendun genden gengdeng geden gendhun; tsewang: ciwang cewang tsewong; norbu:
    luobu nuobu; gonpo: gongbu gongbao gompo; tenpa: danba tanpa tempa dainba; sanggye: sangjie sangye sangay; rinchen: renqin
    renqing rinzen; lodroe: luozhu luodan lodoe lodro; gelek: gelei geleg; lhundrub: lunzhu longzhu lhundup; yonten:
    yundeng yontan; tsondru: zunzhu zunzhe tsundue tsondrue tsoendrue tsundru tsundu; kyab: jia jiabu kyap; jinpa: jinba;
    dragpa: zhaba drakpa dakpa; ngodrub: ouzhu; wangmo: wangmu; tseten: cidan caidan tsetan; dargye: dajie dargay
    darjie; karma: gama; zoepa: suoba soepa sopa; khedrub: kezhu; penpa: bianba pempa; pasang: basang bazang; wangchug:
    wangqiu wangxiu; zangpo: sangbu sangbo; oezer: weise weisai woeser ozer woeser ozer; jampal: jiangbai jampel jamphel jiangbian; samdrub:
    sangzhu; choekyi: quji chokyi quejie; phurbu: pubu phurba purbu; rigzin: renzeng rinzin rigdzin rinzen; drolkar:
    zhuoga dolkar; damchoe: danqu; tobgyal: duobujie; choedrag: quzha; migmar: mima mingma migma; yangchen: yangjin yangqin; wangdu:
    wangdui; tendar: danda; kunsang: gongsang kunzang; chime: qimei; tadrin: tamdrin tamding tamdring tamdin danzhen tamdren; gyurme:
    jiumi; dekyi: deji dicki; monlam: menlang; yangzom: yangzong; choezom: quzong; jangchub: qiangqiu changchub
    jiangqiu jangchup; gyalpo: jiebu jiabo; thargyal: dajia; zangmo: sangmu; kunga: gongga gonga; lhagpa: laba lhakpa;
    gyaltsen: jianzan jiancan jiancai jianzang gyeltsen gyaltsan jiancun jiangcun; khyenrab: qinrao; urgyen: wujin orgyen ugyen;
    dechen: deqing deqin; namkha: nanka namka; legshe: lexie legshay lekshey liexie"""
)
TIBETAN_RULES = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"tsh|tz", "ts"),
        (r"([kptdbgjl])h", r"\1"),
        (r"dz", "z"),
        (r"oe|eo", "o"),
        (r"ue", "u"),
        (r"ck", "k"),
        (r"(?:ee|ey|ay|e)$", "i"),
        (r"ing$", "in"),
        (r"en(?![gk])", "in"),
        (r"g", "k"),
        (r"b", "p"),
        (r"[dt]r", "t"),
        (r"d", "t"),
        (r"z", "s"),
        (r"mp", "np"),
        (r"el", "al"),
        (r"u", "o"),
        (r"ky", "k"),
        (r"(.)\1+", r"\1"),
    )
)

TURKIC = _pairs(
    """mamat: memet mehmet mamat mamet muhammad muhemmet muhammed mohammed muhammet mohammad mehemmet maimaiti
    muhanmode mahemaiti mahmat maimeti; mamatjan: memetjan mehmetjan maimaitijiang maimaitijan; imin: yiming yimin emin;
    tohti: tuheti tuohuti toxti tokhti tohty; ilham: yilihamu ilxam; tursun: tuerxun tursun dursun; tursunjan:
    tuerxunjiang; obul: wubuli; obulkasim: wubulikasimu; ehmet: ahmet ahmat ehmat aihemaiti aimaiti emet exmet ahmad ahat ehet
    aihaiti; yusup: yusufu yusuf yusupu yusuyin; abdurahman: abudureheman abdurehman abdulrahman; abdureshit: abudurexiti abdurashid
    abdureshid; abdukerim: abudukelimu abdulkarim; abduqadir: abudukadier abdulkadir; abdulla: abudula abdullah; abliz:
    abulizi ablez; ablimit: abulimiti ablemit; ablikim: abulikemu; ablet: abulaiti ablat; abdughani: abuduaini abdulghani
    abdugheni; abdushukur: abudushuku; abdurehim: abudureyimu abudurexiti abdureyim; osman: wusiman; omer: wumaier umar omar;
    rozi: ruzi rouzi; hesen: aishan hasan hasen; husen: yushan huseyin husayin hussein huseyn; huseyinjan: yushanjiang husenjan; ismail:
    simayi yisimayi ismayil; ibrahim: yibulayin yibulayimu; niyaz: niyazi; nijat: nijiati nejat; gheyret: hailaiti hailati
    ghariyet ghayrat gheyrat heyrat; yasin: yasen; qurban: kuerban kurban; perhat: paerhati baierhati parhat farhad; ekber: aikebaier
    akbar aikebai; dilshat: dilixiati dilshad; erkin: aierken arkin; adil: adili; alim: alimu; alimjan: alimujiang; tahir:
    tayier; sidiq: sidike sadiq sadike sidik; hoshur: wushouer; ghopur: wufuer; eziz: aizezi aziz; dawut: dawuti; rahman: reheman;
    rahile: reyila rahila reyile; ayup: ayoupu; mutellip: mutalipu mutelipu; nasir: nasier; ghulam: gulamu; mijit: mijiti; enwer:
    yiniwaer enver anwar; nur: nuer; semet: saimaiti samat; yaqup: yakefu yakup; tursungul: tuerxunguli; patigul: patiguli;
    gulmira: gulimila gulimire"""
)
TURKIC_RULES = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"^(?:abdul|abudu|abdu)(?=[a-z]{3})", "abdu"),
        (r"kh|x", "h"),
        (r"gh|q|g", "k"),
        (r"v", "w"),
        (r"f", "p"),
        (r"zh", "j"),
        (r"jiang$", "jan"),
        (r"y(?![aeou])|iy", "i"),
        (r"[ae]", "a"),
        (r"[ou]", "u"),
        (r"d$", "t"),
        (r"b$", "p"),
        (r"(?<=[a-z]{3})jan$", ""),
        (r"(.)\1+", r"\1"),
    )
)

WADE_INITIALS = {"hs": "x", "j": "r", "ts": "z", "ts'": "c", "p": "b", "p'": "p", "t": "d", "t'": "t", "k": "g", "k'": "k"}
WADE_FINALS = {"ien": "ian", "ieh": "ie", "ih": "i", "ung": "ong", "veh": "ue", "iung": "iong", "uei": "ui", "eh": "e"}
WADE_WHOLE = {"tzu": "zi", "tz'u": "ci", "ssu": "si", "szu": "si", "erh": "er", "i": "yi", "yen": "yan", "yu": "you"}
