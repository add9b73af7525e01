/** The sentences of the news page, beside those of all citizens' pages. */

export const NEWS_STRINGS = {
  "zh-TW": {
    news_title: "市政訊息", subscribe: "訂閱市政訊息", subscribe_what: "選擇想收到的主題與行政區，有新消息時會寄到您的電子郵件。每封信都能一鍵取消訂閱。",
    topics: "主題", topic: { city_news: "市政新聞", events: "活動", traffic: "交通", disaster: "防災" },
    area: "地區", whole_city: "全市", some_districts: "只要特定行政區", news_language: "訊息語言", chinese: "中文", english: "English",
    news_email: "電子郵件", why_email: "只用來寄送您訂閱的訊息，不會公開，也不會作為其他用途。", ask_letter: "寄確認信給我",
    asked: "請到信箱收確認信", asked_what: "我們寄了一封確認信到 {email}。請在 {at} 前點選信中的連結，確認後才會開始寄送。", asked_again: "再訂閱另一個信箱",
    confirm_title_news: "確認訂閱", confirm_news: "按下按鈕後，就會開始收到您選的市政訊息。", confirm_button_news: "確認訂閱", confirmed: "訂閱完成，謝謝您。",
    mine: "您的訂閱", save: "儲存變更", saved: "已儲存。", leave: "取消訂閱", leave_sure: "確定取消訂閱", left: "已取消訂閱，您不會再收到市政訊息。",
    recent: "最新消息", none_yet: "目前沒有消息。", urgent: "緊急", more: "詳細內容", until: "有效至 {at}", every_topic: "所有主題", only_chinese: "", you_take: "{topics}｜{area}",
    and: "、",
  },
  en: {
    news_title: "City news", subscribe: "Subscribe to city news", subscribe_what: "Choose topics and districts, and news comes to you by e-mail. Every letter lets you unsubscribe with one click.",
    topics: "Topics", topic: { city_news: "City news", events: "Events", traffic: "Traffic", disaster: "Disaster prevention" },
    area: "Area", whole_city: "The whole city", some_districts: "Only some districts", news_language: "Language of the news", chinese: "中文", english: "English",
    news_email: "E-mail", why_email: "Only to send you what you subscribe to; never published and used for nothing else.", ask_letter: "Send me a confirmation",
    asked: "Please look into your mailbox", asked_what: "We have sent a confirmation to {email}. Please follow its link by {at}; news begins only then.", asked_again: "Subscribe another address",
    confirm_title_news: "Confirm your subscription", confirm_news: "With the button you begin to receive the news you chose.", confirm_button_news: "Confirm", confirmed: "You are subscribed. Thank you.",
    mine: "Your subscription", save: "Save", saved: "Saved.", leave: "Unsubscribe", leave_sure: "Yes, unsubscribe", left: "You have unsubscribed and will receive no more city news.",
    recent: "Latest news", none_yet: "There is no news at the moment.", urgent: "Urgent", more: "Read more", until: "Valid until {at}", every_topic: "All topics", only_chinese: "In Chinese only", you_take: "{topics} · {area}",
    and: ", ",
  },
};
